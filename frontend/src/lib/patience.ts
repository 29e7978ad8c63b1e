/** A request that lasts longer than that many milliseconds is given up: it then rejects. (`AbortSignal.timeout` is younger than the
 *  oldest browsers that we serve.) */
export async function within<T>(milliseconds: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const patience = new AbortController();
  const over = setTimeout(() => patience.abort(), milliseconds);
  try {
    return await ask(patience.signal);
  } finally {
    clearTimeout(over);
  }
}
