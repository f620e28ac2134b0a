/** The adapters' suites of the table, over a DynamoDB by others. */
import '../ports/config-store.test.ts';
import '../ports/run-store.test.ts';
