import { Alert, Button } from 'antd';

export function StaleRevision({ onReload }: { onReload: () => void }) {
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title="这条记录刚刚被他人修改"
      description="请重新载入最新内容；您改过的字段会保留，核对后再保存。"
      action={<Button onClick={onReload}>重新载入</Button>}
    />
  );
}

export function ConflictNote({ labels }: { labels: readonly string[] }) {
  const title =
    labels.length === 0
      ? '已载入最新内容，您的修改已保留，请核对后保存。'
      : `已载入最新内容。以下字段他人也改过，现显示您的内容，请核对：${labels.join('、')}`;
  return <Alert type={labels.length === 0 ? 'success' : 'warning'} showIcon role="status" title={title} />;
}

export function DraftNote({ onDiscard }: { onDiscard: () => void }) {
  return (
    <Alert
      type="info"
      showIcon
      title="已恢复上次未保存的草稿。"
      action={<Button onClick={onDiscard}>放弃草稿</Button>}
    />
  );
}

export function PersonSwitch({ onOpen }: { onOpen: () => void }) {
  return (
    <Alert
      type="info"
      title="姓名、证件等个人信息不在此显示，保存时保持不变。"
      action={<Button onClick={onOpen}>重新填写个人信息</Button>}
    />
  );
}
