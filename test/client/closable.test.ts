import assert from 'node:assert/strict';
import type { Interceptor } from '@grpc/grpc-js';
import { InterceptingCall, ListenerBuilder, RequesterBuilder, status } from '@grpc/grpc-js';
import { Connection, isGrpcCancelledError } from '@temporalio/client';
import { closable } from '../../src/client/closable.js';
import { freePort } from '../../src/embedded/free-port.js';

describe('a connection that is closed', () => {
  it('ends the call that it was about to repeat, and takes nobody with it', async () => {
    const { interceptors = [], ...options } = closable({ address: `127.0.0.1:${await freePort()}` });
    const tries: number[] = [];
    let closed: Promise<void> | undefined;
    const closing = whenTried((code) => {
      tries.push(code);
      closed ??= connection.close();
    });
    const connection = Connection.lazy({ ...options, interceptors: [...interceptors, closing] });
    await assert.rejects(connection.workflowService.getSystemInfo({}), isGrpcCancelledError);
    assert.deepEqual(tries, [status.UNAVAILABLE]);
    await closed;
  });

  it('ends further calls in the same way', async () => {
    const connection = Connection.lazy(closable({ address: '127.0.0.1:1' }));
    await connection.close();
    await assert.rejects(connection.workflowService.getSystemInfo({}), isGrpcCancelledError);
  });
});

/** Tells the status of each try of a call, whose repetition is decided on by then. */
function whenTried(tell: (code: number) => void): Interceptor {
  return (options, nextCall) => {
    const listener = new ListenerBuilder().withOnReceiveStatus((end, next) => {
      next(end);
      tell(end.code);
    });
    const requester = new RequesterBuilder().withStart((metadata, _, next) => next(metadata, listener.build()));
    return new InterceptingCall(nextCall(options), requester.build());
  };
}
