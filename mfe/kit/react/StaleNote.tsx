import { Alert, Button } from 'antd';

/** The view has not yet taken in what this person just did. */
export function StaleNote({ onReload }: { onReload: () => void }) {
  return (
    <Alert
      type="warning"
      showIcon
      title="刚才的修改已保存，列表还在更新，稍后刷新即可看到。"
      action={<Button onClick={onReload}>刷新</Button>}
    />
  );
}
