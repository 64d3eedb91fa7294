import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { formatAsOf } from '@qingpu/mfe-kit/format';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Button, InputNumber, Select, Table, type TableColumnsType } from 'antd';
import { useId, useState } from 'react';
import type { BookingPlatforms } from '../data/slots-api.ts';
import { useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';

type BookingPlatform = BookingPlatforms['items'][number];
type Quota = BookingPlatform['quotas'][number];

/** What the city's and third parties' platforms may sell of the district's slots (F4.01, F4.03). */
export default function PlatformsPage() {
  const { api } = useSlots();
  const { lastWrite } = useLive();
  const [setting, setSetting] = useState<BookingPlatform>();
  const { value, problem, reload } = useLiveLoad('platforms', (signal) =>
    api.platforms(lastWrite.current, signal),
  );
  return (
    <>
      <PageTitle
        title="预约平台"
        note={`市级平台和第三方平台可用的公众号源配额，没有设置的不限。${value ? formatAsOf(value.asOf) : ''}`}
      />
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!problem && !value && <Waiting />}
      {!problem && value && (
        <>
          <UpdateBar onReload={reload} />
          <Table
            aria-label="预约平台"
            size="small"
            pagination={false}
            rowKey="partnerId"
            dataSource={value.items}
            columns={columnsOf(setSetting)}
            locale={{ emptyText: '还没有预约平台接入' }}
          />
        </>
      )}
      {setting && <QuotaDialog platform={setting} onDone={reload} onClose={() => setSetting(undefined)} />}
    </>
  );
}

function columnsOf(onSet: (platform: BookingPlatform) => void): TableColumnsType<BookingPlatform> {
  return [
    { title: '平台', dataIndex: 'name', key: 'name' },
    { title: '渠道', key: 'channel', render: (_, { channel }) => CHANNEL_KINDS[channel] },
    {
      title: '配额（占公众号源）',
      key: 'quotas',
      render: (_, { quotas }) => (quotas.length === 0 ? '不限' : quotas.map(quotaLine)),
    },
    {
      title: '操作',
      key: 'act',
      render: (_, platform) => (
        <Button size="small" onClick={() => onSet(platform)}>
          设置配额
        </Button>
      ),
    },
  ];
}

function quotaLine({ institutionCode, institutionName, percent, reason }: Quota) {
  return (
    <div key={institutionCode ?? '*'}>
      {institutionName}：{percentWords(percent)}（{reason}）
    </div>
  );
}

function percentWords(percent: number | null): string {
  if (percent === null) return '不限';
  return percent === 0 ? '暂停放号' : `${percent}%`;
}

interface QuotaDialogProps {
  readonly platform: BookingPlatform;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function QuotaDialog({ platform, onDone, onClose }: QuotaDialogProps) {
  const { api, directory } = useSlots();
  const institutions = useInstitutions(directory);
  const [institution, setInstitution] = useState('');
  const [percent, setPercent] = useState<number | null>(50);
  const [placeId, percentId] = [useId(), useId()];
  const act = useAct(
    (reason: string, submission) =>
      api.setQuota(
        platform.partnerId,
        { institutionCode: institution === '' ? null : institution, percent, reason },
        submission,
      ),
    onDone,
  );
  return (
    <ReasonDialog
      title={`设置配额：${platform.name}`}
      okText="设置"
      consequence="按每个排班的公众号源计算，用完即止；已经预约的不受影响。0表示暂停放号，留空表示不限。"
      act={act}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={placeId}>医院</label>
        <Select
          id={placeId}
          value={institution}
          options={[{ value: '', label: '全区（未单独设置的医院）' }, ...institutions]}
          onChange={setInstitution}
        />
      </div>
      <div className="field">
        <label htmlFor={percentId}>配额（%）</label>
        <InputNumber
          id={percentId}
          min={0}
          max={100}
          precision={0}
          value={percent}
          onChange={(value) => setPercent(value)}
        />
      </div>
    </ReasonDialog>
  );
}
