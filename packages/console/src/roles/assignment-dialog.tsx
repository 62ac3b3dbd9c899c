/** An assignment: who has a role, and for which devices and people. */
import { Dropdown, Field, Input, Option, Radio, RadioGroup, Textarea } from '@fluentui/react-components';
import { type ReactElement, useState } from 'react';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { FormDialog } from './form-dialog.tsx';
import {
  ASSIGNMENTS,
  type Assignment,
  type AssignmentWishes,
  assignmentRequest,
  idsIn,
  type Role,
  SCOPE_TYPES,
} from './role-data.ts';

const LONGEST_NAME = 128;

function wishesOf(assignment: Assignment | undefined): AssignmentWishes {
  return {
    displayName: assignment?.displayName ?? '',
    roleDefinitionId: assignment?.roleDefinitionId ?? '',
    members: assignment?.members.join('\n') ?? '',
    scopeType: assignment?.scopeType ?? 'allDevices',
    resourceScopes: assignment?.resourceScopes.join('\n') ?? '',
  };
}

/** Makes an assignment, or changes one. */
export function AssignmentDialog(props: {
  readonly trigger: ReactElement;
  readonly title: string;
  readonly roles: readonly Role[];
  readonly assignment?: Assignment;
}) {
  const { roles, assignment } = props;
  const t = useText().roles;
  const graph = useGraph();
  const [wishes, setWishes] = useState(() => wishesOf(assignment));
  const change = (changes: Partial<AssignmentWishes>) => setWishes({ ...wishes, ...changes });
  const isScoped = wishes.scopeType === 'resourceScope';
  const isComplete =
    wishes.displayName.trim() !== '' &&
    wishes.roleDefinitionId !== '' &&
    idsIn(wishes.members).length > 0 &&
    (!isScoped || idsIn(wishes.resourceScopes).length > 0);
  const save = () =>
    assignment
      ? graph.patch(`${ASSIGNMENTS}/${encodeURIComponent(assignment.id)}`, assignmentRequest(wishes))
      : graph.post(ASSIGNMENTS, assignmentRequest(wishes));
  const roleName = roles.find(({ id }) => id === wishes.roleDefinitionId)?.displayName ?? '';
  return (
    <FormDialog
      trigger={props.trigger}
      title={props.title}
      path={ASSIGNMENTS}
      isComplete={isComplete}
      onOpen={() => setWishes(wishesOf(assignment))}
      onSave={save}
    >
      <Field label={t.name} required>
        <Input
          value={wishes.displayName}
          maxLength={LONGEST_NAME}
          onChange={(_, { value }) => change({ displayName: value })}
        />
      </Field>
      <Field label={t.role} required>
        <Dropdown
          value={roleName}
          selectedOptions={[wishes.roleDefinitionId]}
          onOptionSelect={(_, { optionValue }) => change({ roleDefinitionId: optionValue ?? '' })}
        >
          {roles.map(({ id, displayName }) => (
            <Option key={id} value={id}>
              {displayName ?? id}
            </Option>
          ))}
        </Dropdown>
      </Field>
      <Field label={t.members} hint={t.membersHint} required>
        <Textarea value={wishes.members} resize="vertical" onChange={(_, { value }) => change({ members: value })} />
      </Field>
      <Field label={t.scope}>
        <RadioGroup value={wishes.scopeType} onChange={(_, { value }) => change({ scopeType: value })}>
          {SCOPE_TYPES.map((type) => (
            <Radio key={type} value={type} label={t.scopes[type]} />
          ))}
        </RadioGroup>
      </Field>
      {isScoped ? (
        <Field label={t.scopeIds} hint={t.scopeIdsHint} required>
          <Textarea
            value={wishes.resourceScopes}
            resize="vertical"
            onChange={(_, { value }) => change({ resourceScopes: value })}
          />
        </Field>
      ) : null}
    </FormDialog>
  );
}
