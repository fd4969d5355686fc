/** Connections to Temporal that can be closed at any moment. */
import type { Interceptor, StatusObject } from '@grpc/grpc-js';
import { InterceptingCall, Metadata, status } from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Call = ReturnType<Parameters<Interceptor>[1]>;

const CLOSED: StatusObject = {
  code: status.CANCELLED,
  details: 'The connection to Temporal was closed.',
  metadata: new Metadata(),
};

/**
 * Options for a `Connection` that is closed before its process ends. Its calls are repeated as always, and one that
 * would be repeated after the close ends as cancelled instead. By default it throws in the timer of its repetition, where
 * nobody can catch it, and the process dies of it, even where nobody waits for the call any more.
 *
 * @example
 * ```ts
 * const connection = await Connection.connect(closable({ address: 'localhost:7233' }));
 * ```
 */
export function closable(options: ConnectionOptions): ConnectionOptions {
  const { interceptors = [makeGrpcRetryInterceptor(defaultGrpcRetryOptions())] } = options;
  return { ...options, interceptors: [...interceptors, endingWhenClosed] };
}

const endingWhenClosed: Interceptor = (options, nextCall) =>
  new InterceptingCall(callUnlessClosed(() => nextCall(options)));

function callUnlessClosed(call: () => Call): Call {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && error.message === 'Channel has been shut down') return closedCall();
    throw error;
  }
}

function closedCall(): Call {
  const nothing = () => undefined;
  return {
    start: (_metadata, listener) => {
      process.nextTick(() => {
        listener?.onReceiveMessage?.(null);
        listener?.onReceiveStatus?.(CLOSED);
      });
    },
    ...{ sendMessage: nothing, sendMessageWithContext: nothing, startRead: nothing, halfClose: nothing },
    ...{ cancelWithStatus: nothing, getPeer: () => 'closed', getAuthContext: () => null },
  };
}
