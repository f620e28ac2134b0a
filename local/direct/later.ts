/**
 * A port whose methods all give promises; what is behind it is loaded when the first of them is called. A command of a
 * moment waits for nothing that it does not use.
 */
export function later<T extends object>(load: () => Promise<T>): T {
  let loaded: Promise<T> | undefined;
  const target: T = Object.create(null);
  return new Proxy(target, {
    get(_, name) {
      // Whoever waits for the port itself must not take it for a promise.
      if (name === 'then' || typeof name === 'symbol') return undefined;
      return async (...given: unknown[]) => {
        loaded ??= load();
        const made = await loaded.catch((error: unknown) => {
          loaded = undefined;
          throw error;
        });
        const method: unknown = Reflect.get(made, name);
        if (typeof method !== 'function') throw new TypeError(`The port has no method ${name}.`);
        return Reflect.apply(method, made, given);
      };
    },
  });
}
