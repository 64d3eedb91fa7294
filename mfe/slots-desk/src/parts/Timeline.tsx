import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { formatMoment } from '@qingpu/mfe-kit/format';

interface Step {
  readonly at: string;
  readonly what: string;
  readonly actor: string;
  readonly channel?: keyof typeof CHANNEL_KINDS | null;
  readonly detail: string | null;
}

/** What happened, in its order. */
export function Timeline({ steps }: { steps: readonly Step[] }) {
  return (
    <section className="panel">
      <h2>经过</h2>
      <ol className="timeline">
        {steps.map((step) => (
          <li key={`${step.at} ${step.what}`}>
            <strong>{step.what}</strong>
            <p className="muted">
              {formatMoment(step.at)} · {step.actor}
              {step.channel && ` · ${CHANNEL_KINDS[step.channel]}`}
            </p>
            {step.detail && <p>{step.detail}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
