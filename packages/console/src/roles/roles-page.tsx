/** Who may help whom: assignments, and the roles that they give. */
import { Badge, Button, makeStyles, Tab, TabList, TableCell, TableRow, Text, tokens } from '@fluentui/react-components';
import { AddRegular, PeopleRegular } from '@fluentui/react-icons';
import { RBAC } from '@open-remote-help/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useGraph } from '../graph/graph.tsx';
import { useFormat, useText } from '../i18n/text.tsx';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';
import { CutText } from '../shell/cut-text.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { itemsOf, ListOf, type Paged, ScrollTable, usePaged } from '../shell/list.tsx';
import { Page } from '../shell/page.tsx';
import { useQueryValue } from '../shell/router.ts';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { AssignmentDialog } from './assignment-dialog.tsx';
import { ASSIGNMENTS, type Assignment, allowedBy, ROLES, type Role } from './role-data.ts';
import { RoleDialog } from './role-dialog.tsx';

const PAGE_SIZE = 100;

const useStyles = makeStyles({
  table: { minWidth: '640px' },
  cell: { overflowWrap: 'anywhere', paddingBlock: tokens.spacingVerticalXS },
  number: { width: '100px' },
  actions: { width: '220px' },
  buttons: { display: 'flex', gap: tokens.spacingHorizontalXS },
  second: { color: tokens.colorNeutralForeground3 },
});

export default function RolesPage() {
  const t = useText().roles;
  const [shown, setShown] = useQueryValue('show');
  const mayChange = useSignedIn().may(RBAC.write);
  const roles = usePaged<Role>(ROLES, { orderby: 'displayName', top: PAGE_SIZE });
  const isRoles = shown === 'roles';
  const add = (label: string) => (
    <Button appearance="primary" icon={<AddRegular />}>
      {label}
    </Button>
  );
  const actions = isRoles ? (
    <RoleDialog trigger={add(t.newRole)} title={t.newRole} mayChange />
  ) : (
    <AssignmentDialog trigger={add(t.newAssignment)} title={t.newAssignment} roles={itemsOf(roles)} />
  );
  return (
    <Page title={t.title} actions={mayChange ? actions : undefined}>
      <Text>{mayChange ? t.about : t.readOnly}</Text>
      <TabList
        selectedValue={isRoles ? 'roles' : 'assignments'}
        onTabSelect={(_, { value }) => setShown(value === 'roles' ? 'roles' : '')}
      >
        <Tab value="assignments">{t.assignments}</Tab>
        <Tab value="roles">{t.roles}</Tab>
      </TabList>
      {isRoles ? (
        <Roles list={roles} mayChange={mayChange} />
      ) : (
        <Assignments roles={itemsOf(roles)} mayChange={mayChange} />
      )}
    </Page>
  );
}

function Roles({ list, mayChange }: { readonly list: Paged<Role>; readonly mayChange: boolean }) {
  const styles = useStyles();
  const { common, roles: t } = useText();
  const format = useFormat();
  const columns = [
    { heading: t.name },
    { heading: t.kind, className: styles.number },
    { heading: t.allowed, className: styles.number },
    { heading: common.actions, className: styles.actions },
  ];
  return (
    <ListOf list={list} empty={<EmptyState icon={<PeopleRegular />} title={t.noneTitle} />}>
      {(roles) => (
        <ScrollTable label={t.roles} columns={columns} className={styles.table}>
          {roles.map((role) => (
            <TableRow key={role.id}>
              <TableCell className={styles.cell}>
                <CutText text={role.displayName ?? role.id} />
                <Text block size={200} className={styles.second}>
                  {role.description}
                </Text>
              </TableCell>
              <TableCell>
                <Badge appearance="tint" color={role.isBuiltIn ? 'informative' : 'brand'}>
                  {role.isBuiltIn ? t.builtIn : t.custom}
                </Badge>
              </TableCell>
              <TableCell>{format.number(allowedBy(role).length)}</TableCell>
              <TableCell>
                <RoleActions role={role} mayChange={mayChange && !role.isBuiltIn} />
              </TableCell>
            </TableRow>
          ))}
        </ScrollTable>
      )}
    </ListOf>
  );
}

function RoleActions({ role, mayChange }: { readonly role: Role; readonly mayChange: boolean }) {
  const styles = useStyles();
  const { common, roles: t } = useText();
  const name = role.displayName ?? role.id;
  const word = mayChange ? common.edit : t.look;
  return (
    <span className={styles.buttons}>
      <RoleDialog
        trigger={
          <Button size="small" aria-label={`${word}: ${name}`}>
            {word}
          </Button>
        }
        title={name}
        role={role}
        mayChange={mayChange}
      />
      {mayChange ? <Remove path={ROLES} id={role.id} name={name} text={t.removeRole} /> : null}
    </span>
  );
}

function Assignments({ roles, mayChange }: { readonly roles: readonly Role[]; readonly mayChange: boolean }) {
  const styles = useStyles();
  const { common, roles: t } = useText();
  const format = useFormat();
  const list = usePaged<Assignment>(ASSIGNMENTS, { orderby: 'displayName', top: PAGE_SIZE });
  const columns = [
    { heading: t.name },
    { heading: t.role },
    { heading: t.membersShort, className: styles.number },
    { heading: t.scope },
    ...(mayChange ? [{ heading: common.actions, className: styles.actions }] : []),
  ];
  const empty = (
    <EmptyState icon={<PeopleRegular />} title={t.noneAssignedTitle}>
      {mayChange ? t.noneAssigned : undefined}
    </EmptyState>
  );
  return (
    <ListOf list={list} empty={empty}>
      {(assignments) => (
        <ScrollTable label={t.assignments} columns={columns} className={styles.table}>
          {assignments.map((assignment) => (
            <TableRow key={assignment.id}>
              <TableCell>
                <CutText text={assignment.displayName ?? assignment.id} />
              </TableCell>
              <TableCell>
                <CutText
                  text={roles.find(({ id }) => id === assignment.roleDefinitionId)?.displayName ?? common.none}
                />
              </TableCell>
              <TableCell>{format.number(assignment.members.length)}</TableCell>
              <TableCell className={styles.cell}>
                {t.scopes[assignment.scopeType as keyof typeof t.scopes] ?? assignment.scopeType}
              </TableCell>
              {mayChange ? (
                <TableCell>
                  <AssignmentActions assignment={assignment} roles={roles} />
                </TableCell>
              ) : null}
            </TableRow>
          ))}
        </ScrollTable>
      )}
    </ListOf>
  );
}

function AssignmentActions({
  assignment,
  roles,
}: {
  readonly assignment: Assignment;
  readonly roles: readonly Role[];
}) {
  const styles = useStyles();
  const { common, roles: t } = useText();
  const name = assignment.displayName ?? assignment.id;
  return (
    <span className={styles.buttons}>
      <AssignmentDialog
        trigger={
          <Button size="small" aria-label={`${common.edit}: ${name}`}>
            {common.edit}
          </Button>
        }
        title={name}
        roles={roles}
        assignment={assignment}
      />
      <Remove path={ASSIGNMENTS} id={assignment.id} name={name} text={t.removeAssignment} />
    </span>
  );
}

function Remove(props: { readonly path: string; readonly id: string; readonly name: string; readonly text: string }) {
  const { path, id, name, text } = props;
  const { common, roles: t } = useText();
  const graph = useGraph();
  const queries = useQueryClient();
  const remove = async () => {
    await graph.delete(`${path}/${encodeURIComponent(id)}`);
    await queries.invalidateQueries({ queryKey: [path] });
  };
  return (
    <ConfirmDialog
      trigger={
        <Button size="small" aria-label={`${common.delete}: ${name}`}>
          {common.delete}
        </Button>
      }
      title={t.removeTitle(name)}
      action={common.delete}
      onConfirm={remove}
    >
      {text}
    </ConfirmDialog>
  );
}
