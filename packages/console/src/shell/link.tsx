/** Links within the console. */
import { Button, type ButtonProps, Link as FluentLink } from '@fluentui/react-components';
import { type ReactNode, useEffect } from 'react';
import { followLink, navigate } from './router.ts';

/** A link to a page of the console. */
export function Link({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  return (
    <FluentLink href={to} onClick={(event) => followLink(event, to)}>
      {children}
    </FluentLink>
  );
}

/** A link that looks like a button: it leads somewhere, and says so to screen readers. */
export function LinkButton(props: {
  readonly to: string;
  readonly children: ReactNode;
  readonly appearance?: ButtonProps['appearance'];
  readonly icon?: ButtonProps['icon'];
}) {
  const { to, children, appearance, icon } = props;
  return (
    <Button
      as="a"
      href={to}
      {...(appearance ? { appearance } : {})}
      {...(icon ? { icon } : {})}
      onClick={(event: React.MouseEvent) => followLink(event, to)}
    >
      {children}
    </Button>
  );
}

/** Goes on to another page at once, and leaves no step to come back to. */
export function Redirect({ to }: { readonly to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}
