/** A real HTTP receiver on loopback, which keeps what it gets and answers as it is told. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `hang-up` cuts the connection after the request was read. */
export type Answer =
  'hang-up' | 'never' | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** From now on; a list is used up one by one, and its last one stays. */
  answer(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let answers: readonly Answer[] = [{ status: 200 }];
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      received.push({ headers: request.headers as Record<string, string>, body });
      const [answer = { status: 200 }, ...more] = answers;
      if (more.length > 0) answers = more;
      if (answer === 'never') return;
      if (answer === 'hang-up') request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook?sig=s3cret`,
    received,
    answer: (...next) => {
      answers = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
