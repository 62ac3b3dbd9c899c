/** The menu of whoever is signed in: appearance, language, signing out. */
import {
  Button,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemLink,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import { PersonCircleRegular } from '@fluentui/react-icons';
import { LANGUAGES, type Language } from '../i18n/language.ts';
import { useSpeech } from '../i18n/text.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { useAppearance } from './appearance.tsx';
import { APPEARANCES, type Appearance } from './appearance-choice.ts';
import { useNotices } from './notices.tsx';

/** A button with the person's initials, and its menu. */
export function PersonMenu() {
  const { person, signOut } = useSignedIn();
  const { language, texts: t, speak } = useSpeech();
  const { appearance, choose } = useAppearance();
  const notices = useNotices();
  const onChosen = (name: string, chosen: string | undefined) => {
    if (chosen === undefined) return;
    if (name === 'appearance') choose(chosen as Appearance);
    else speak(chosen as Language).catch(notices.failed);
  };
  return (
    <Menu
      inline
      checkedValues={{ appearance: [appearance], language: [language] }}
      onCheckedValueChange={(_, { name, checkedItems }) => onChosen(name, checkedItems[0])}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<PersonCircleRegular />} aria-label={t.shell.account(person.name)} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>{person.userName ?? person.name}</MenuGroupHeader>
            <MenuItem onClick={() => void signOut()}>{t.shell.signOut}</MenuItem>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{t.shell.appearance}</MenuGroupHeader>
            {APPEARANCES.map((value) => (
              <MenuItemRadio key={value} name="appearance" value={value}>
                {t.shell.appearances[value]}
              </MenuItemRadio>
            ))}
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>{t.shell.language}</MenuGroupHeader>
            {Object.entries(LANGUAGES).map(([value, name]) => (
              <MenuItemRadio key={value} name="language" value={value} lang={value}>
                {name}
              </MenuItemRadio>
            ))}
          </MenuGroup>
          <MenuDivider />
          <MenuItemLink href="/docs" target="_blank" rel="noreferrer">
            {t.shell.apiReference}
          </MenuItemLink>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
