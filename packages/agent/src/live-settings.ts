/** The settings of an agent that runs: as the file says now, with what its own start put over that. */
import type { DeviceSettings } from './device.ts';
import { type AgentSettings, deviceSettingsOf, readSettingTexts, type SettingTexts, settingsOf } from './settings.ts';

export class LiveSettings {
  readonly #path: string;
  readonly #overrides: SettingTexts;
  #now: AgentSettings;

  private constructor(path: string, overrides: SettingTexts, now: AgentSettings) {
    this.#path = path;
    this.#overrides = overrides;
    this.#now = now;
  }

  /** @throws SettingError, DeviceError `untrusted` */
  static async read(path: string, overrides: SettingTexts = {}): Promise<LiveSettings> {
    return new LiveSettings(path, overrides, settingsOf({ ...(await readSettingTexts(path)), ...overrides }));
  }

  /** Reads the file anew; on an error all stays as it was. @throws SettingError, DeviceError `untrusted` */
  async reload(): Promise<void> {
    this.#now = settingsOf({ ...(await readSettingTexts(this.#path)), ...this.#overrides });
  }

  get now(): AgentSettings {
    return this.#now;
  }

  /** Its members say what is so at the moment when they are read. */
  get device(): DeviceSettings {
    const now = () => deviceSettingsOf(this.#now);
    return {
      get isUnattendedAllowed() {
        return now().isUnattendedAllowed;
      },
      get ceiling() {
        return now().ceiling;
      },
      get longestSessionMs() {
        return now().longestSessionMs;
      },
      get answerWithinMs() {
        return now().answerWithinMs;
      },
    };
  }
}
