/** A screen that did not arrive or failed while drawing; plain markup, since the kit itself may be what failed. */
export function Broken({ onRetry }: { onRetry: () => void }) {
  return (
    <section className="panel note" role="alert">
      <h1>模块暂时不可用</h1>
      <p>可能是网络不稳或正在升级，请重试；多次失败请联系平台管理员。</p>
      <button type="button" className="action" onClick={onRetry}>
        重试
      </button>
    </section>
  );
}
