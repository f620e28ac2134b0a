/** After a run was started. */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

/** A run that was started is gone to. */
export function useGoToRun(sync: string) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async (answer: { id?: string }) => {
    await queries.invalidateQueries();
    if (answer.id !== undefined) {
      await navigate({ to: '/syncs/$sync/runs/$run', params: { sync, run: answer.id } });
    }
  };
}
