/** Many small steps against a service, some of them under way at once: one by one, most of the time goes by waiting. */

/** What one function has under way at a service at most; SDK clients hold 50 connections. */
export const mostInFlight = 32;

/**
 * Takes the items in their order, `most` of them at once and none ahead of that. After a failure no further one is begun; it is thrown
 * once nothing is under way.
 */
export async function inFlight<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
  most: number = mostInFlight,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    const step = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(step));
    running.add(step);
    if (running.size >= most) await Promise.race(running);
    if (failures.length > 0) break;
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
