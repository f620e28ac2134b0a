/** What the API needs from the world. */
import type { StartRunPorts } from '../start-run/start-run.ts';
import type { Access } from './access.ts';

export interface ApiPorts extends StartRunPorts {
  readonly access: Access;
  /** Told of each request that failed by a fault of ours; writes nothing of the error's text that may be a person's. */
  readonly failed: (error: unknown) => void;
}
