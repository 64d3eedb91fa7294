import { Button } from 'antd';
import { useLive } from './live.tsx';

/** Tells that there is something newer. It never reloads by itself: nothing moves under a reader's hand. */
export function UpdateBar({ onReload }: { onReload: () => void }) {
  const { words } = useLive();
  return (
    <div role="status" aria-live="polite" className="update-bar-place">
      {words && (
        <Button type="primary" ghost block onClick={onReload}>
          {words}，点此刷新
        </Button>
      )}
    </div>
  );
}
