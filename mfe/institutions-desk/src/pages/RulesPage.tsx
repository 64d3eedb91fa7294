import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { Link } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { mayCreate } from '../data/permissions.ts';
import { KindList } from '../parts/KindList.tsx';

/** Booking rules as the hospitals filed them. */
export function RulesPage() {
  const { shell } = useDesk();
  return (
    <>
      <PageTitle title="预约规则" note="各医疗机构备案的预约规则；每次备案产生一个新版本。">
        {mayCreate(shell.session, 'bookingRule') && (
          <Link className="action" to="/desk/booking-rules/new">
            备案新规则
          </Link>
        )}
      </PageTitle>
      <KindList kind="bookingRule" />
    </>
  );
}
