/** A code as one reads it aloud: the spelling alphabet of ICAO (Annex 10, Volume II, 5.2.1.3), which people know everywhere. */

const WORDS =
  'Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu'.split(
    ' ',
  );

/** `7 Kilo 3 Mike, Quebec 9 Tango Delta`. */
export function spelledCode(code: string): string {
  const spelled = [...code].map((letter) => WORDS.find((word) => word.startsWith(letter)) ?? letter);
  const half = spelled.length / 2;
  return `${spelled.slice(0, half).join(' ')}, ${spelled.slice(half).join(' ')}`;
}
