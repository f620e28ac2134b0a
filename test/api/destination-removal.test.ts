/** Removing a destination dies at every point there is: its secret never stays behind without it. */
import { expect, test } from 'vitest';
import type { ApiPorts } from '../../functions/api/ports.ts';
import { removeDestination } from '../../functions/api/save-destination.ts';
import { putSecret } from '../../functions/api/secrets.ts';
import { sampleDestination } from '../../local/sample.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { ConfigurationError, PassingError } from '../../shared/domain/words/errors.ts';
import {
  MemoryAuditTrail,
  MemoryConfigStore,
  MemoryLocks,
  MemorySecretBook,
} from '../simulation/memory/configs.ts';

const caller = { name: 'ada', mayWrite: true };

/** Of each port call, whether it dies before or after it took effect. */
class Deaths {
  at = Number.POSITIVE_INFINITY;
  isBefore = false;
  calls = 0;
  isDead = false;

  watch<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return async (...given: unknown[]) => {
          if (this.isDead) throw new Error('dead');
          const dies = ++this.calls === this.at;
          if (dies && this.isBefore) return this.#die();
          const result: unknown = await Reflect.apply(member, target, given);
          return dies ? this.#die() : result;
        };
      },
    });
  }

  #die(): never {
    this.isDead = true;
    throw new Error('dead');
  }
}

async function world() {
  const deaths = new Deaths();
  const vaulted = new Map<string, object>();
  let now = Date.UTC(2026, 0, 1);
  let ids = 0;
  const configs = new MemoryConfigStore();
  const ports = {
    configs: deaths.watch(configs),
    locks: deaths.watch(new MemoryLocks()),
    book: deaths.watch(new MemorySecretBook()),
    audit: deaths.watch(new MemoryAuditTrail()),
    vault: deaths.watch({
      put: async (secret: string, values: object, boundTo: object) =>
        void vaulted.set(secret, { ...values, boundTo }),
      binding: async (secret: string) => vaulted.get(secret),
      remove: async (secret: string) => void vaulted.delete(secret),
    }),
    clock: { now: () => now, sleep: async () => {} },
    ids: { next: () => `id${++ids}` },
  } as unknown as ApiPorts;
  const input = DestinationInput.parse(sampleDestination('http://127.0.0.1:1'));
  const saved = await configs.putDestination(input);
  await putSecret(ports, caller, saved, { token: 'sesame' });
  deaths.calls = 0;
  return {
    deaths,
    vaulted,
    configs,
    ports,
    saved,
    later: () => {
      now += 60_000;
    },
  };
}

test('its secret goes first, and whoever dies is gone on with', async () => {
  const whole = await world();
  await removeDestination(whole.ports, caller, whole.saved);
  const calls = whole.deaths.calls;
  expect(calls).toBeGreaterThan(6);
  for (let at = 1; at <= calls; at += 1) {
    for (const isBefore of [true, false]) {
      const { deaths, vaulted, configs, ports, saved, later } = await world();
      Object.assign(deaths, { at, isBefore });
      await removeDestination(ports, caller, saved).catch(() => undefined);
      const left = await configs.getDestination(saved.id);
      if (!left) expect(vaulted.size, `dies at call ${at}`).toBe(0);
      Object.assign(deaths, { at: Number.POSITIVE_INFINITY, isDead: false });
      later();
      if (left) await removeDestination(ports, caller, left);
      expect(vaulted.size).toBe(0);
      expect(await configs.getDestination(saved.id)).toBeUndefined();
    }
  }
});

test('who sets a secret of a destination that was deleted meanwhile is refused, and leaves none', async () => {
  const { vaulted, ports, saved } = await world();
  await removeDestination(ports, caller, saved);
  await expect(putSecret(ports, caller, saved, { token: 'sesame' })).rejects.toThrow('There is no');
  expect(vaulted.size).toBe(0);
});

test('what was refused leaves no trace in the trail; what failed in the middle does', async () => {
  for (const [error, words] of [
    [new ConfigurationError('access-denied', 'No.'), ['secret-set']],
    [new PassingError('secret-unavailable', 'Later.'), ['secret-set', 'secret-set']],
    [new Error('unknown'), ['secret-set', 'secret-set']],
  ] as const) {
    const { ports, saved } = await world();
    const vault = { ...ports.vault, put: () => Promise.reject(error) };
    const failing = { ...ports, vault };
    await expect(putSecret(failing, caller, saved, { token: 'sesame' })).rejects.toBe(error);
    const { items } = await ports.audit.page(10);
    expect(items.map(({ what }) => what)).toEqual(words);
  }
});

test('a removal that somebody overtook with a change takes nothing away', async () => {
  const { vaulted, configs, ports, saved } = await world();
  await configs.putDestination({ ...sampleDestination('http://127.0.0.1:2') }, saved.version);
  await expect(removeDestination(ports, caller, saved)).rejects.toThrow('was changed');
  expect(vaulted.size).toBe(1);
});
