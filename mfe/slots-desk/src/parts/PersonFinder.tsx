import { type ApiProblem, asProblem } from '@qingpu/mfe-kit/api-problem';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { Button, Input, Radio } from 'antd';
import { useId, useState } from 'react';
import type { MaskedPerson } from '../data/slots-api.ts';
import { useSlots } from '../data/slots-context.tsx';

interface PersonFinderProps {
  /** Why a person is looked for; goes into the audit log. */
  readonly purpose: string;
  readonly chosen: string;
  readonly onChoose: (personId: string) => void;
}

/** Finds somebody who is registered, by document number or mobile; shows them masked. */
export function PersonFinder({ purpose, chosen, onChoose }: PersonFinderProps) {
  const { api } = useSlots();
  const id = useId();
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly MaskedPerson[]>();
  const [problem, setProblem] = useState<ApiProblem>();
  const find = async () => {
    const wanted = text.trim();
    setProblem(undefined);
    try {
      setFound(
        await api.findPersons({ purpose, ...(isMobile(wanted) ? { mobile: wanted } : { identity: wanted }) }),
      );
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <div className="field">
      <label htmlFor={id}>查找人员</label>
      <Input.Search
        id={id}
        value={text}
        placeholder="证件号码或手机号"
        maxLength={20}
        enterButton={<Button type="primary">查找</Button>}
        onChange={(event) => setText(event.target.value)}
        onSearch={() => void find()}
      />
      {problem && <ProblemNote problem={problem} />}
      {found?.length === 0 && <p className="field-help">没有找到。请先在窗口登记该人员，再加入名单。</p>}
      {found && found.length > 0 && (
        <Radio.Group value={chosen} onChange={(event) => onChoose(String(event.target.value))}>
          {found.map((person) => (
            <Radio key={person.personId} value={person.personId}>
              {person.name} {person.identityNumber} {person.mobile}
            </Radio>
          ))}
        </Radio.Group>
      )}
    </div>
  );
}

function isMobile(text: string): boolean {
  return /^1[3-9]\d{9}$/.test(text);
}
