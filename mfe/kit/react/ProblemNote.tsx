import { Alert, Button } from 'antd';
import type { ApiProblem } from '../api-problem.ts';
import { useShell } from './shell-context.tsx';

/** A problem in words with what can be done: sign in again, or try again. */
export function ProblemNote({ problem, onRetry }: { problem: ApiProblem; onRetry?: () => void }) {
  const shell = useShell();
  const signIn = () =>
    shell.navigate(`/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`);
  const retry = onRetry && <Button onClick={onRetry}>重试</Button>;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={problem.status === 404 ? '没有找到这条记录' : problem.detail}
      description={problem.requestId ? `联系平台管理员时请提供编号：${problem.requestId}` : undefined}
      action={problem.status === 401 ? <Button onClick={signIn}>重新登录</Button> : retry}
    />
  );
}
