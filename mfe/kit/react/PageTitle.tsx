import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';

interface PageTitleProps {
  readonly title: string;
  /** One line beneath the title. */
  readonly note?: string;
  readonly back?: { readonly to: string; readonly text: string };
  /** Buttons at the right. */
  readonly children?: ReactNode;
}

export function PageTitle({ title, note, back, children }: PageTitleProps) {
  useEffect(() => {
    document.title = `${title} · 青浦医防融合平台`;
  }, [title]);
  return (
    <div className="page-title">
      <div>
        {back && <Link to={back.to}>← {back.text}</Link>}
        <h1>{title}</h1>
        {note && <p>{note}</p>}
      </div>
      <div className="page-actions">{children}</div>
    </div>
  );
}
