/** Rights that the story does not use, and why they are granted all the same. */

/** Of any function. */
const ofAll: readonly (readonly [RegExp, string])[] = [
  [/: logs:/, 'Lambda writes what a function prints with the rights of its role.'],
  [/: sqs:GetQueueAttributes /, 'Lambda asks for them before it takes messages.'],
  [/: s3:AbortMultipartUpload /, 'An upload that breaks off is taken back.'],
  [
    /^start-run: sqs:SendMessage on <Schedules/,
    'Lambda puts starts there that failed on every try.',
  ],
];

const ofSome: Readonly<Record<string, readonly string[]>> = {
  'Only who may list is told that an object is not there, and here everything is.': [
    'start-run: s3:ListBucket on <Storage/State>',
    'plan-run: s3:ListBucket on <Storage/State>',
    'plan-run: s3:ListBucket on arn:<AWS::Partition>:s3:::audience-mirror-snapshots',
    'send-chunk: s3:ListBucket on <Storage/State>',
    'sweep: s3:ListBucket on arn:<AWS::Partition>:s3:::audience-mirror-snapshots',
  ],
  'Sweep goes on with what died on the way, by start-run’s rights and more; here nothing dies.': [
    'sweep: s3:GetObject on arn:<AWS::Partition>:s3:::audience-mirror-snapshots/*',
    'sweep: s3:GetObject on <Storage/State>/erasures/*',
    'sweep: s3:GetObject on <Storage/State>/runs/*',
    'sweep: kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000',
    'sweep: dynamodb:DeleteItem on <Storage/Table>',
    'sweep: dynamodb:GetItem on <Storage/Table>',
    'sweep: dynamodb:PutItem on <Storage/Table>',
    'sweep: dynamodb:UpdateItem on <Storage/Table>',
    'sweep: s3:PutObject on <Storage/State>/erasures/*',
    'sweep: s3:PutObject on <Storage/State>/runs/*',
    'sweep: s3:DeleteObject on <Storage/State>/erasures/*',
    'sweep: kms:Decrypt on <Storage/Key>',
    'sweep: kms:GenerateDataKey on <Storage/Key>',
    'sweep: sqs:SendMessage on <Queues/Close>',
    'sweep: sqs:SendMessage on <Queues/Plan>',
    'sweep: sqs:SendMessage on <Queues/Send>',
    'sweep: sqs:DeleteMessage on <Schedules/DeadLetters>',
  ],
  'Tidy lets go of what is over after days; its right to items is that of all functions.': [
    'tidy: dynamodb:DeleteItem on <Storage/Table>',
    'tidy: dynamodb:PutItem on <Storage/Table>',
    'tidy: s3:DeleteObject on <Storage/State>/log-keys/*',
    'tidy: s3:DeleteObject on <Storage/State>/mirrors/*',
    'tidy: s3:DeleteObject on <Storage/State>/runs/*',
    'tidy: kms:Decrypt on <Storage/Key>',
    'tidy: kms:GenerateDataKey on <Storage/Key>',
    'tidy: s3:DeleteObject on <Storage/Logs>/sync-logs/*',
    'tidy: s3:GetObject on <Storage/Logs>/sync-logs/*',
    'tidy: s3:PutObject on <Storage/Logs>/sync-logs/*',
  ],
  'Kept for runs in which records fail; here none does.': [
    'close-run: s3:GetObject on <Storage/State>/history/*',
    'close-run: s3:PutObject on <Storage/State>/history/*',
    'close-run: s3:PutObject on <Storage/State>/log-keys/*',
    'api: s3:GetObject on <Storage/State>/history/*',
  ],
  'A start that is repeated, approved late or refused reads what there is, and tells of its end.': [
    'start-run: s3:GetObject on arn:<AWS::Partition>:s3:::audience-mirror-snapshots/*',
    'start-run: s3:GetObject on <Storage/State>/runs/*',
    'start-run: kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000',
    'start-run: dynamodb:DeleteItem on <Storage/Table>',
    'start-run: dynamodb:Query on <Storage/Table>',
    'start-run: kms:Decrypt on <Storage/Key>',
    'start-run: events:PutEvents on <Alerts/Bus>',
  ],
  'A cancelled run is handed to close-run by the API, and its end is told.': [
    'api: sqs:SendMessage on <Queues/Close>',
    'api: events:PutEvents on <Alerts/Bus>',
  ],
  'A run without anything to send, a second attempt, or a chunk that has a follower needs it.': [
    'plan-run: dynamodb:DeleteItem on <Storage/Table>',
    'plan-run: dynamodb:PutItem on <Storage/Table>',
    'plan-run: dynamodb:Query on <Storage/Table>',
    'plan-run: s3:DeleteObject on <Storage/State>/erasures/*',
    'plan-run: sqs:SendMessage on <Queues/Close>',
    'send-chunk: dynamodb:PutItem on <Storage/Table>',
    'send-chunk: sqs:SendMessage on <Queues/Send>',
    'close-run: dynamodb:DeleteItem on <Storage/Table>',
    'close-run: dynamodb:PutItem on <Storage/Table>',
    'close-run: s3:DeleteObject on <Storage/State>/mirrors/*',
    'close-run: events:PutEvents on <Alerts/Bus>',
  ],
};

export const hasReason = (grant: string): boolean =>
  ofAll.some(([pattern]) => pattern.test(grant)) ||
  Object.values(ofSome).some((grants) => grants.includes(grant));
