import { Skeleton } from 'antd';

export function Waiting() {
  return (
    <div className="panel" role="status" aria-label="正在加载">
      <Skeleton active={false} paragraph={{ rows: 6 }} />
    </div>
  );
}
