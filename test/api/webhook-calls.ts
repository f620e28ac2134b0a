/** Calls of the webhooks' routes, in an order in which each is answered well. */
export const webhookCalls: readonly [name: string, call: object][] = [
  [
    'createWebhook',
    {
      body: { id: 'told', name: 'Told', url: 'https://example.com/', events: ['run-ended'] },
      status: 201,
    },
  ],
  ['listWebhooks', {}],
  ['readWebhook', { id: 'told' }],
  [
    'putWebhook',
    { id: 'told', body: { id: 'told', name: 'Told', url: 'https://example.com/' }, ifMatch: '*' },
  ],
  ['putWebhookSecret', { id: 'told', body: { token: 'sesame', signingKey: null } }],
  ['tryWebhook', { id: 'told' }],
  ['listDeliveries', { id: 'told' }],
];
