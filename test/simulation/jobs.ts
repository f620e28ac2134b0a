/**
 * A simulated platform that accepts requests as jobs. It does the jobs of one audience in the order in which it accepted
 * them, as it may be asked to; everything else about them goes wrong.
 */
import type { HttpAnswer, HttpRequest } from '../../shared/contracts/http.ts';
import { answer, dropped, type Member, nameOf, type SentRequest, type Told } from './answers.ts';
import type { JobManners } from './job-manners.ts';
import type { World } from './world.ts';

export const jobFaults = ['lost', 'failed', 'failed-midway', 'partial', 'late', 'twice'] as const;
type JobFault = (typeof jobFaults)[number];

interface SimulatedJob {
  readonly key: string;
  readonly fault: JobFault | undefined;
  /** When it is done, and when that is told. */
  readonly doneAt: number;
  readonly toldAt: number;
  /** What it says of members it did not take. */
  readonly errors: readonly unknown[];
}

export interface JobWork {
  readonly sent: SentRequest;
  readonly manners: JobManners;
  /** Does the work for these members. */
  readonly apply: (members: readonly Member[]) => void;
}

export class PlatformJobs {
  /** Told of each question: which job, and the run's names for its request. */
  onQuestion: (job: string) => void = () => {};
  readonly #world: World;
  readonly #jobs = new Map<string, SimulatedJob>();
  /** Of a request that comes again and of which all are taken again: then it is the job that it was. */
  readonly #byKey = new Map<string, string>();
  /** By audience: when its last job is done. */
  readonly #lastAt = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The id of the job that does the request's work. */
  accept({ sent, manners, apply }: JobWork, faultShare: number): string {
    const { random } = this.#world;
    const request = `${sent.key} ${sent.members.map(nameOf).join()}`;
    const known = this.#byKey.get(request);
    if (known !== undefined && random.chance(0.5)) return known;
    const fault = random.chance(faultShare) ? random.pick(jobFaults) : undefined;
    if (fault) this.#world.count(`job-${fault}`);
    const now = this.#world.now();
    const before = this.#lastAt.get(sent.audience) ?? 0;
    const doneAt = Math.max(before + 1, now + random.between(1, manners.workSeconds * 1_000));
    this.#lastAt.set(sent.audience, doneAt);
    const { taken, errors } = this.#taken(sent, fault);
    for (let again = fault === 'twice' ? 2 : 1; again > 0; again--)
      this.#world.at(doneAt, () => apply(taken));
    const lateMs = fault === 'late' ? manners.deadlineMinutes * 120_000 : 0;
    const id = `job/${this.#jobs.size}`;
    this.#jobs.set(id, { key: sent.key, fault, doneAt, toldAt: doneAt + lateMs, errors });
    this.#byKey.set(request, id);
    this.#world.count('job-accepted');
    return id;
  }

  #taken({ members, all = members }: SentRequest, fault: JobFault | undefined) {
    if (fault === 'lost' || fault === 'failed') return { taken: [], errors: [] };
    if (fault === 'failed-midway')
      return { taken: members.slice(0, members.length / 2), errors: [] };
    if (fault !== 'partial') return { taken: members, errors: [] };
    const bad = members.filter((_, at) => at % 2 === 1);
    if (this.#world.random.chance(0.5)) {
      const taken = members.filter((_, at) => at % 2 === 0);
      return { taken, errors: bad.map((member) => ({ index: all.indexOf(member) })) };
    }
    const names = new Set(bad.map(nameOf));
    return {
      taken: members.filter((member) => !names.has(nameOf(member))),
      errors: [...names].map((name) => ({ id: name, message: `no ${name}` })),
    };
  }

  /** `tell`: that the request of the job was told something. */
  asked(request: HttpRequest, faultShare: number, tell: (key: string, told: Told) => void) {
    const id = decodeURIComponent(new URL(request.url).pathname.split('/')[2] ?? '');
    this.onQuestion(id);
    this.#world.count('job-asked');
    const { random } = this.#world;
    if (random.chance(faultShare)) return this.#troubled();
    const job = this.#jobs.get(id);
    if (!job || job.fault === 'lost') return answer(404, {}, { message: 'no such job' });
    if (this.#world.now() < job.toldAt) return answer(200, {}, { state: 'running' });
    if (job.fault === 'failed' || job.fault === 'failed-midway')
      return answer(200, {}, { state: 'broken', error: 'out of ink' });
    tell(job.key, job.errors.length > 0 ? 'partly' : 'applied');
    return answer(200, {}, { state: 'done', errors: job.errors });
  }

  #troubled(): HttpAnswer {
    const { random } = this.#world;
    this.#world.count('job-troubled');
    switch (random.pick(['500', '429', '404', 'drop', 'page', 'odd'] as const)) {
      case '500':
        return answer(500);
      case '429':
        return answer(429, { 'retry-after': String(random.between(1, 400)) });
      case '404':
        return answer(404);
      case 'drop':
        return dropped;
      case 'page':
        return { ...answer(200), body: Buffer.from('<html>Welcome</html>') };
      case 'odd':
        return answer(200, {}, { state: 'paused' });
    }
  }
}
