import {
  CONTRACT_INTERFACES,
  CONTRACT_KINDS,
  CONTRACT_STANDINGS,
  type ContractInterface,
  type ContractKind,
  type ContractStanding,
} from '@qingpu/contracts/codes/partner-contracts';
import type { Contract, ContractLine } from '@qingpu/contracts/http/partner-contracts';
import { formatAsOf, formatMoment } from '@qingpu/mfe-kit/format';
import { ALL, Choice } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Button, Checkbox, Space, Table, type TableColumnsType, Tag } from 'antd';
import { useState } from 'react';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';

const KINDS = Object.keys(CONTRACT_KINDS) as ContractKind[];
const DEFAULTS = { institution: '' } as const;
const INTERFACES = Object.keys(CONTRACT_INTERFACES) as ContractInterface[];
const SHORT = { transmission: '传输', synchronisation: '同步' } as const;
const COLOURS = {
  unproven: 'default',
  verified: 'success',
  doubtful: 'warning',
  failed: 'error',
  excused: 'warning',
  unoffered: 'default',
} as const satisfies Record<ContractStanding, string>;

interface Deciding {
  readonly act: 'withholding' | 'offering';
  readonly contract: Contract;
}

/** How the interfaces with hospitals' systems stand, and whose slots are withheld (I1–I5). */
export default function ContractsPage() {
  const { api, directory, shell } = useSlots();
  const own = useOwnInstitution();
  const { query, change } = useQuery(DEFAULTS);
  const institutions = useInstitutions(directory);
  const institution = own ?? query.institution;
  const { lastWrite } = useLive();
  const [deciding, setDeciding] = useState<Deciding>();
  const { value, problem, reload } = useLiveLoad(institution, (signal) =>
    api.contracts({ institution: institution || undefined, after: lastWrite.current }, signal),
  );
  const role = shell.session?.role;
  return (
    <>
      <PageTitle
        title="接口状态"
        note={`各医院号源传输与同步接口的验证结果；未通过的暂停放号。${value ? formatAsOf(value.asOf) : ''}`}
      />
      {own === undefined && (
        <search className="filters" aria-label="筛选">
          <Choice
            label="医院"
            wide
            value={query.institution}
            options={[ALL, ...institutions]}
            onChange={(wanted) => change({ institution: wanted })}
          />
        </search>
      )}
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!problem && !value && <Waiting />}
      {!problem && value && (
        <>
          <UpdateBar onReload={reload} />
          <Table
            aria-label="接口状态"
            size="small"
            pagination={false}
            rowKey="institutionCode"
            dataSource={value.items}
            columns={columnsOf({
              mayVerify: role === 'districtAdmin' || role === 'hospitalAdmin',
              mayDecide: role === 'districtAdmin',
              onDecide: setDeciding,
              onDone: reload,
            })}
            expandable={{ expandedRowRender: (contract) => <Lines contract={contract} /> }}
          />
        </>
      )}
      {deciding && <DecideDialog {...deciding} onDone={reload} onClose={() => setDeciding(undefined)} />}
    </>
  );
}

interface Acting {
  readonly mayVerify: boolean;
  readonly mayDecide: boolean;
  readonly onDecide: (deciding: Deciding) => void;
  readonly onDone: () => void;
}

function columnsOf({ mayVerify, mayDecide, onDecide, onDone }: Acting): TableColumnsType<Contract> {
  return [
    { title: '医院', dataIndex: 'institutionName', key: 'institution' },
    ...KINDS.map((kind) => ({
      title: CONTRACT_KINDS[kind],
      key: kind,
      render: (_: unknown, contract: Contract) => <Standing contract={contract} kind={kind} />,
    })),
    {
      title: '最近验证',
      key: 'checked',
      render: (_, { checkedAt }) => (checkedAt === null ? '—' : formatMoment(checkedAt)),
    },
    {
      title: '操作',
      key: 'act',
      render: (_, contract) => (
        <Space size="small" wrap>
          {mayVerify && <VerifyButton contract={contract} onDone={onDone} />}
          {mayDecide && (
            <Button size="small" onClick={() => onDecide({ act: 'withholding', contract })}>
              暂停放号
            </Button>
          )}
          {mayDecide && contract.withheld.length > 0 && (
            <Button size="small" onClick={() => onDecide({ act: 'offering', contract })}>
              恢复放号
            </Button>
          )}
        </Space>
      ),
    },
  ];
}

function lineOf({ lines }: Contract, kind: ContractKind, of: ContractInterface): ContractLine | undefined {
  return lines.find((line) => line.kind === kind && line.interface === of);
}

function Standing({ contract, kind }: { contract: Contract; kind: ContractKind }) {
  const withheld = contract.withheld.find((each) => each.kind === kind);
  return (
    <Space orientation="vertical" size={2}>
      {INTERFACES.map((of) => {
        const standing = lineOf(contract, kind, of)?.standing ?? 'unproven';
        return (
          <Tag key={of} color={COLOURS[standing]}>
            {SHORT[of]} {CONTRACT_STANDINGS[standing]}
          </Tag>
        );
      })}
      {withheld && <Tag color="error">暂停放号{withheld.byHand ? '（人工）' : ''}</Tag>}
    </Space>
  );
}

/** Each interface of each kind, with what was found. */
function Lines({ contract }: { contract: Contract }) {
  const moment = (at: string | null) => (at === null ? '—' : formatMoment(at));
  const columns: TableColumnsType<ContractLine> = [
    { title: '种类', key: 'kind', render: (_, { kind }) => CONTRACT_KINDS[kind] },
    { title: '接口', key: 'interface', render: (_, line) => CONTRACT_INTERFACES[line.interface] },
    { title: '状态', key: 'standing', render: (_, { standing }) => CONTRACT_STANDINGS[standing] },
    { title: '最近通过', key: 'verified', render: (_, { verifiedAt }) => moment(verifiedAt) },
    { title: '最近失败', key: 'failed', render: (_, { failedAt }) => moment(failedAt) },
    { title: '失败原因', key: 'fault', render: (_, { fault }) => fault ?? '—' },
    { title: '最近上传', key: 'transmitted', render: (_, { transmittedAt }) => moment(transmittedAt) },
    { title: '最近退回', key: 'refused', render: (_, { refusedAt }) => moment(refusedAt) },
  ];
  return (
    <>
      {!contract.reachable && <p>平台没有登记该医院的回调地址，预约单无法送达。</p>}
      {contract.withheld.map(({ kind, reason }) => (
        <p key={kind}>
          {CONTRACT_KINDS[kind]}暂停放号：{reason}
        </p>
      ))}
      <Table
        aria-label={`${contract.institutionName}的接口`}
        size="small"
        pagination={false}
        rowKey={({ kind, interface: of }) => `${kind} ${of}`}
        dataSource={contract.lines}
        columns={columns}
      />
    </>
  );
}

function VerifyButton({ contract, onDone }: { contract: Contract; onDone: () => void }) {
  const { api } = useSlots();
  const act = useAct(
    (_: undefined, submission) => api.verifyContract(contract.institutionCode, submission),
    onDone,
  );
  return (
    <>
      <Button
        size="small"
        loading={act.busy}
        aria-label={`重新验证${contract.institutionName}`}
        onClick={() => void act.run(undefined)}
      >
        重新验证
      </Button>
      {act.problem && <ProblemNote problem={act.problem} onRetry={() => void act.run(undefined)} />}
    </>
  );
}

interface DecideDialogProps extends Deciding {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function DecideDialog({ act: what, contract, onDone, onClose }: DecideDialogProps) {
  const { api } = useSlots();
  const withheld = contract.withheld.map(({ kind }) => kind);
  const choices = what === 'offering' ? withheld : KINDS.filter((kind) => !withheld.includes(kind));
  const [kinds, setKinds] = useState<readonly ContractKind[]>(choices);
  const act = useAct(
    (reason: string, submission) =>
      api.decideOffering(what, contract.institutionCode, { kinds, reason }, submission),
    onDone,
  );
  const title = what === 'offering' ? '恢复放号' : '暂停放号';
  return (
    <ReasonDialog
      title={`${title}：${contract.institutionName}`}
      okText={title}
      danger={what === 'withholding'}
      consequence={
        what === 'offering'
          ? '所选种类的号源重新放出；下次验证仍未通过的，会再次暂停。'
          : '所选种类的号源不再放出，居民会看到原因；已经预约的不受影响。'
      }
      act={act}
      onClose={onClose}
    >
      <fieldset className="field">
        <legend>号源种类</legend>
        <Checkbox.Group
          value={[...kinds]}
          options={choices.map((kind) => ({ value: kind, label: CONTRACT_KINDS[kind] }))}
          onChange={(chosen) => setKinds(chosen as ContractKind[])}
        />
      </fieldset>
    </ReasonDialog>
  );
}
