/** The adapters' suite of the syncs' schedules, over a Scheduler by others. */
import '../ports/schedules.test.ts';
