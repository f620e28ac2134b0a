/** One page on how the mirrors fare. Figures by sync come from the functions' logs: as metrics each would cost by the sync. */
import { Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryWidget,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../shared/contracts/metrics.ts';
import { runStatuses } from '../shared/contracts/run-status.ts';
import { ofApi, ofFunction, published, waiting } from './figures.ts';
import type { MirrorFunction } from './mirror-function.ts';
import { ownName } from './own-name.ts';

/** What it looks at. */
export interface Watched {
  readonly functions: readonly MirrorFunction[];
  /** Each with a dead-letter queue. */
  readonly queues: readonly IQueue[];
  readonly deadLetters: readonly IQueue[];
  readonly apiId: string;
}

export interface OperationsDashboardProps extends Watched {
  readonly made: readonly Alarm[];
}

const runMetrics = new Set(Object.values(runStatuses).flatMap(({ metric }) => metric ?? []));

const half = 12;
const third = 8;

export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id);
    const { made, functions, queues, deadLetters, apiId } = props;
    const dashboard = new Dashboard(this, 'Page', {
      dashboardName: `${ownName(this)}-${Stack.of(this).region}`,
    });
    const add = (...widgets: IWidget[]) => dashboard.addWidgets(...widgets);
    const own = (...names: MetricName[]) => names.map((name) => published(this, name));
    if (made.length > 0)
      add(new AlarmStatusWidget({ alarms: [...made], width: 24, title: 'Alarms' }));
    add(
      graph('Runs', own(...runMetrics), third),
      graph(
        'What became of changes',
        own('Delivered', 'Rejected', 'Uncertain', 'Unsent', 'Invalid'),
        third,
      ),
      new SingleValueWidget({
        title: 'Now',
        metrics: [published(this, 'Members', 'Maximum'), published(this, 'SnapshotLag', 'Maximum')],
        width: third,
        height: 6,
      }),
      graph('Requests', own('Requests', 'Retries'), third),
      graph(
        'Milliseconds to an answer',
        ['p50', 'p99'].map((each) => published(this, 'RequestLatency', each)),
        third,
      ),
      graph(
        'Seconds the oldest work has waited',
        [published(this, 'OldestWorkAge', 'Maximum')],
        third,
      ),
    );
    add(this.syncs(props));
    add(
      graph('Messages waiting', [...queues, ...deadLetters].map(waiting), half),
      graph(
        'Functions: failed',
        functions.map((each) => ofFunction(each, 'Errors')),
        half,
      ),
      graph(
        'Functions: longest, in milliseconds',
        functions.map((each) => ofFunction(each, 'Duration')),
        half,
      ),
      graph('API', [ofApi(apiId, 'Count'), ofApi(apiId, '4xx'), ofApi(apiId, '5xx')], half),
    );
  }

  /** How each sync's last run ended; asked of the logs when somebody looks. */
  private syncs({ functions }: Watched): IWidget {
    return new LogQueryWidget({
      title: 'Syncs: how the last run ended',
      width: 24,
      logGroupNames: functions.map(({ logGroup }) => logGroup.logGroupName),
      queryLines: [
        'filter message = "run ended" and status != "skipped"',
        'stats max(@timestamp) as ended, latest(status) as last, latest(code) as error, latest(members) as members_, latest(lagSeconds) as lag_seconds, count(*) as runs by sync',
        'sort sync asc',
      ],
    });
  }
}

const graph = (title: string, left: IMetric[], width: number): GraphWidget =>
  new GraphWidget({ title, left, width, height: 6, leftYAxis: { min: 0 } });
