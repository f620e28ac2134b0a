/** What comes after what is shown; asked for when it is wanted. */
import { say } from '../words/text.ts';
import { Button } from './button.tsx';

interface MoreProps {
  readonly query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
}

export function More({ query }: MoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <div className="row more">
      <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
        {say('act.more')}
      </Button>
    </div>
  );
}
