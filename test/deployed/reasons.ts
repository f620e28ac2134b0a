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
  'Sweep begins a start anew whose function died; here nothing dies.': [
    'sweep: s3:GetObject on <Storage/State>/runs/*',
    'sweep: s3:PutObject on <Storage/State>/runs/*',
    'sweep: dynamodb:GetItem on <Storage/Table>',
    'sweep: dynamodb:PutItem on <Storage/Table>',
    'sweep: dynamodb:UpdateItem on <Storage/Table>',
    'sweep: kms:Decrypt on <Storage/Key>',
    'sweep: kms:GenerateDataKey on <Storage/Key>',
    'sweep: sqs:SendMessage on <Queues/Plan>',
  ],
  'Sweep goes on with an erasure whose asker died between its two writes.': [
    'sweep: s3:GetObject on <Storage/State>/erasures/*',
    'sweep: s3:PutObject on <Storage/State>/erasures/*',
    'sweep: s3:DeleteObject on <Storage/State>/erasures/*',
  ],
  'Sweep queues again what stands still in sending or closing.': [
    'sweep: sqs:SendMessage on <Queues/Close>',
    'sweep: sqs:SendMessage on <Queues/Send>',
  ],
  'A chunk that was given up is settled as uncertain, and taken off.': [
    'sweep: dynamodb:DeleteItem on <Storage/Table>',
  ],
  'A start that was given up, and is told of, is taken out; the story’s starts go well.': [
    'sweep: sqs:DeleteMessage on <Schedules/DeadLetters>',
  ],
  'Tidy lets go of what is over after days, and moves logs whose retention was changed; the story is over in minutes.':
    [
      'tidy: s3:DeleteObject on <Storage/State>/log-keys/*',
      'tidy: s3:DeleteObject on <Storage/State>/mirrors/*',
      'tidy: s3:DeleteObject on <Storage/State>/runs/*',
      'tidy: kms:Decrypt on <Storage/Key>',
      'tidy: kms:GenerateDataKey on <Storage/Key>',
      'tidy: s3:DeleteObject on <Storage/Logs>/sync-logs/*',
      'tidy: s3:GetObject on <Storage/Logs>/sync-logs/*',
      'tidy: s3:PutObject on <Storage/Logs>/sync-logs/*',
    ],
  'An erasure deletes logs that nobody can read; here all can be.': [
    'close-run: s3:DeleteObject on <Storage/Logs>/sync-logs/*',
  ],
  'Kept for runs in which records fail; here none does.': [
    'close-run: s3:GetObject on <Storage/State>/history/*',
    'close-run: s3:PutObject on <Storage/State>/history/*',
    'close-run: s3:PutObject on <Storage/State>/log-keys/*',
    'api: s3:GetObject on <Storage/State>/history/*',
  ],
  'A marker that lists the files of its export is read at the start; the story’s is empty.': [
    'start-run: s3:GetObject on arn:<AWS::Partition>:s3:::audience-mirror-snapshots/*',
    'start-run: kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000',
    'sweep: s3:GetObject on arn:<AWS::Partition>:s3:::audience-mirror-snapshots/*',
    'sweep: kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000',
  ],
  'A start that is repeated reads what the first one pinned.': [
    'start-run: s3:GetObject on <Storage/State>/runs/*',
    'start-run: kms:Decrypt on <Storage/Key>',
  ],
  'A rollback looks for the run that sent last; an older mirror is found by its run.': [
    'start-run: dynamodb:Query on <Storage/Table>',
    'plan-run: dynamodb:Query on <Storage/Table>',
  ],
  'A run that ends as it starts, or as its closing is given up, is told.': [
    'start-run: events:PutEvents on <Alerts/Bus>',
    'close-run: events:PutEvents on <Alerts/Bus>',
  ],
  'A cancelled run is handed to close-run by the API, and its end is told.': [
    'api: sqs:SendMessage on <Queues/Close>',
    'api: events:PutEvents on <Alerts/Bus>',
  ],
  'An erasure of somebody whom the export still has is refused, and its request goes.': [
    'plan-run: s3:DeleteObject on <Storage/State>/erasures/*',
  ],
  'A run without anything to send is closed at once.': [
    'plan-run: sqs:SendMessage on <Queues/Close>',
  ],
  'A destination that fails again and again is paused; here it takes everything.': [
    'send-chunk: dynamodb:PutItem on <Storage/Table>',
  ],
  'A refresh token that took the place of another is kept; the story’s destination has a plain one.':
    [
      'send-chunk: secretsmanager:PutSecretValue on arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:audience-mirror/*',
    ],
  'Webhooks have a secret each; the story has none.': [
    'sweep: secretsmanager:GetSecretValue on arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:audience-mirror/*',
  ],
  'A settled chunk queues the one that follows it in its lane; here each lane has one.': [
    'send-chunk: sqs:SendMessage on <Queues/Send>',
  ],
  'Chunks that nobody settled are accounted for, and taken off, as a run closes.': [
    'close-run: dynamodb:DeleteItem on <Storage/Table>',
  ],
  'Mirrors beyond those that the sync retains go as a run closes.': [
    'close-run: s3:DeleteObject on <Storage/State>/mirrors/*',
  ],
};

export const hasReason = (grant: string): boolean =>
  ofAll.some(([pattern]) => pattern.test(grant)) ||
  Object.values(ofSome).some((grants) => grants.includes(grant));
