/** Whatever object of an open run is gone, cut or altered, in whatever phase: the run ends, and the next makes everything equal. */
import { expect, test } from 'vitest';
import { damagedAt, damagePoints } from './damage-points.ts';
import { damages } from './trouble.ts';

test('no run gets stuck on an object that is gone, cut or altered, and one more run makes everything equal', async () => {
  const points = await damagePoints();
  const kinds = new Set(
    points.map(({ object }) => object.split('/').slice(3).join('/').replace(/\d+/g, 'n')),
  );
  const broken: string[] = [];
  const codes = new Map<string, number>();
  for (const point of points) {
    for (const damage of damages) {
      const end = await damagedAt(point, damage);
      for (const promise of end.broken)
        broken.push(`${damage} ${point.object} while ${point.phase}: ${promise}`);
      for (const code of end.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  process.stdout.write(
    `${points.length * damages.length} damages of ${kinds.size} kinds of object; told: ${JSON.stringify([...codes])}\n`,
  );
  expect(broken).toEqual([]);
  expect(codes.get('stored-unreadable')).toBeGreaterThan(points.length / 4);
}, 240_000);
