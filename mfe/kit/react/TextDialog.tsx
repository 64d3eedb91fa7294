import { Input, Modal } from 'antd';
import { type ReactNode, useId } from 'react';
import type { ApiProblem } from '../api-problem.ts';
import { ProblemNote } from './ProblemNote.tsx';

interface TextDialogProps {
  readonly title: string;
  readonly label: string;
  readonly help: string;
  readonly okText: string;
  readonly danger?: boolean;
  readonly value: string;
  readonly fault: string | undefined;
  readonly problem: ApiProblem | undefined;
  readonly busy: boolean;
  readonly onChange: (text: string) => void;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  /** Says what will happen. */
  readonly children: ReactNode;
}

/** Asks for a reason or a purpose before something that is recorded. */
export function TextDialog(props: TextDialogProps) {
  const id = useId();
  return (
    <Modal
      open
      title={props.title}
      okText={props.okText}
      cancelText="取消"
      okButtonProps={{ danger: props.danger === true }}
      confirmLoading={props.busy}
      onOk={props.onSubmit}
      onCancel={props.onCancel}
    >
      {props.children}
      {props.problem && <ProblemNote problem={props.problem} />}
      <div className="field">
        <label htmlFor={id}>{props.label}</label>
        <Input.TextArea
          id={id}
          rows={3}
          maxLength={200}
          value={props.value}
          status={props.fault ? 'error' : ''}
          aria-invalid={props.fault !== undefined}
          aria-describedby={`${id}-help ${id}-error`}
          onChange={(event) => props.onChange(event.target.value)}
        />
        <p id={`${id}-help`} className="field-help">
          {props.help}
        </p>
        <p id={`${id}-error`} className="field-error" role={props.fault ? 'alert' : undefined}>
          {props.fault}
        </p>
      </div>
    </Modal>
  );
}
