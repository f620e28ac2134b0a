/** The adapters' suite of the queues, over an SQS by others. */
import '../ports/queue.test.ts';
