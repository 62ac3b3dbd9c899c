import type { Instant } from '../clock.ts';
import type { Write } from '../store/store.ts';
import type { TokenSubject } from './access-token.ts';
import { type AuditActor, auditWrite, SYSTEM_ACTOR } from './audit-record.ts';
import { newId } from './ids.ts';

/** A token that was issued, as far as the record tells of it. */
export interface IssuedToken {
  readonly tenantId: string;
  readonly clientId: string;
  /** `jti` of the token. */
  readonly tokenId: string;
  readonly subject: TokenSubject;
  readonly now: Instant;
  readonly expiresInSeconds: number;
  /** Where the request came from; null for a command. */
  readonly ipAddress: string | null;
}

/** The record of one access token that was issued. */
export function tokenAudit(issued: IssuedToken): Write {
  const { tenantId, tokenId, subject, now, expiresInSeconds } = issued;
  const text = (displayName: string, newValue: string) => ({ displayName, oldValue: null, newValue });
  const permissions =
    subject.kind === 'user' ? text('scp', subject.scopes.join(' ')) : text('roles', subject.roles.join(' '));
  return auditWrite({
    tenantId,
    id: newId(now),
    now,
    correlationId: newId(now),
    actor: actorOf(issued),
    activity: 'Issue token',
    activityType: 'issueToken',
    operationType: 'Action',
    category: 'SignIn',
    resources: [
      {
        displayName: subject.kind === 'user' ? subject.user.userPrincipalName : subject.name,
        auditResourceType: 'AccessToken',
        resourceId: tokenId,
        modifiedProperties: [permissions, text('expiresInSeconds', String(expiresInSeconds))],
      },
    ],
  });
}

function actorOf({ subject, clientId, ipAddress }: IssuedToken): AuditActor {
  const isUser = subject.kind === 'user';
  return {
    ...SYSTEM_ACTOR,
    auditActorType: isUser ? 'ItPro' : 'Application',
    userPermissions: isUser ? subject.scopes : subject.roles,
    applicationId: clientId,
    applicationDisplayName: isUser ? null : subject.name,
    servicePrincipalName: isUser ? null : subject.name,
    userPrincipalName: isUser ? subject.user.userPrincipalName : null,
    userId: isUser ? subject.user.id : subject.objectId,
    ipAddress,
  };
}
