/** What went wrong, and what to do about it. */
export const failures = {
  offlineTitle: 'The server does not answer',
  offline: 'Check your network connection, then try again.',
  forbiddenTitle: 'You may not do this',
  forbidden: (permissions: string) =>
    permissions === ''
      ? 'Your account lacks the permission or the role for this. Ask an administrator of Open Remote Help for it.'
      : `Your account lacks the permission for this. Ask an administrator for one of: ${permissions}.`,
  notFoundTitle: 'This is gone',
  notFound: 'It may have been deleted, or belong to another organisation.',
  conflictTitle: 'This was changed meanwhile',
  conflict: 'Load it again, then repeat your change.',
  tooManyTitle: 'Too many requests',
  tooMany: (seconds: number) => `Wait ${seconds} seconds, then try again.`,
  unavailableTitle: 'The service is busy',
  unavailable: 'It cannot answer right now. Try again in a moment.',
  refusedTitle: 'The server refused this',
  unexpectedTitle: 'Something went wrong',
  unexpected: 'Try again. If it stays, give the request id to whoever runs the service.',
  requestId: (id: string) => `Request id ${id}`,
};
