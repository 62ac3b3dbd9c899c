/** A role: its name, and what it allows. */
import { Checkbox, Field, Input, makeStyles, Spinner, shorthands, Textarea } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { Failure } from '../shell/failure.tsx';
import { FormDialog } from './form-dialog.tsx';
import {
  allowedBy,
  OPERATIONS,
  type ResourceOperation,
  ROLES,
  type Role,
  type RoleWishes,
  roleRequest,
} from './role-data.ts';

const LONGEST_NAME = 256;

const useStyles = makeStyles({
  actions: { display: 'flex', flexDirection: 'column', margin: 0, padding: 0, ...shorthands.borderStyle('none') },
});

function wishesOf(role: Role | undefined): RoleWishes {
  return {
    displayName: role?.displayName ?? '',
    description: role?.description ?? '',
    actions: role ? allowedBy(role) : [],
  };
}

/** Makes a role, changes one, or shows one that can't be changed. */
export function RoleDialog(props: {
  readonly trigger: ReactElement;
  readonly title: string;
  readonly role?: Role;
  readonly mayChange: boolean;
}) {
  const { role, mayChange } = props;
  const t = useText().roles;
  const graph = useGraph();
  const [wishes, setWishes] = useState(() => wishesOf(role));
  const change = (changes: Partial<RoleWishes>) => setWishes({ ...wishes, ...changes });
  const save = () =>
    role
      ? graph.patch(`${ROLES}/${encodeURIComponent(role.id)}`, roleRequest(wishes))
      : graph.post(ROLES, roleRequest(wishes));
  return (
    <FormDialog
      trigger={props.trigger}
      title={props.title}
      path={ROLES}
      isComplete={wishes.displayName.trim() !== ''}
      onOpen={() => setWishes(wishesOf(role))}
      onSave={mayChange ? save : undefined}
    >
      <Field label={t.name} required={mayChange}>
        <Input
          value={wishes.displayName}
          maxLength={LONGEST_NAME}
          readOnly={!mayChange}
          onChange={(_, { value }) => change({ displayName: value })}
        />
      </Field>
      <Field label={t.description}>
        <Textarea
          value={wishes.description}
          readOnly={!mayChange}
          onChange={(_, { value }) => change({ description: value })}
        />
      </Field>
      <Actions chosen={wishes.actions} mayChange={mayChange} onChange={(actions) => change({ actions })} />
    </FormDialog>
  );
}

function Actions(props: {
  readonly chosen: readonly string[];
  readonly mayChange: boolean;
  readonly onChange: (actions: readonly string[]) => void;
}) {
  const { chosen, mayChange, onChange } = props;
  const styles = useStyles();
  const { common, roles: t } = useText();
  const graph = useGraph();
  const known = useQuery({
    queryKey: [OPERATIONS],
    queryFn: ({ signal }) => graph.list<ResourceOperation>(OPERATIONS, { signal }),
  });
  if (known.isPending) return <Spinner label={common.loading} />;
  if (known.error) return <Failure error={known.error} onRetry={() => void known.refetch()} />;
  const toggle = (id: string, isOn: boolean) =>
    onChange(isOn ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <fieldset className={styles.actions}>
      <legend>{t.allows}</legend>
      {known.data.items.map(({ id, resourceName, actionName }) => (
        <Checkbox
          key={id}
          checked={chosen.includes(id)}
          disabled={!mayChange}
          label={t.operations[id as keyof typeof t.operations] ?? `${resourceName}: ${actionName}`}
          onChange={(_, { checked }) => toggle(id, checked === true)}
        />
      ))}
    </fieldset>
  );
}
