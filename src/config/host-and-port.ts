/** `host:port`, as Temporal is reached and as we listen; IPv6 addresses in brackets. */
export const HOST_AND_PORT = /^(?<host>[^\s:/[\]]+|\[[0-9a-f:.]+\]):(?<port>\d{1,5})$/i;

/** Its parts. @param address matches {@link HOST_AND_PORT}. */
export function listenAddress(address: string): { readonly host: string; readonly port: number } {
  const { host = '', port = '' } = HOST_AND_PORT.exec(address)?.groups ?? {};
  return { host: host.replace(/[[\]]/g, ''), port: Number(port) };
}
