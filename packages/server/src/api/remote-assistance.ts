/** The tenant's settings, and partners with their two actions. */
import { NO_DATE } from '@open-remote-help/protocol';
import { toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { type Behaviours, SINGLETON_ID } from './behaviours.ts';

/** A partner who does not answer within this time has to be asked again. */
const ONBOARDING_MS = 24 * 60 * 60 * 1_000;

/** Of the settings and the partners. */
export const remoteAssistanceBehaviours: Behaviours = {
  remoteAssistanceSettings: {
    isGround: true,
    initialRows: [
      {
        id: SINGLETON_ID,
        values: { remoteAssistanceState: 'disabled', allowSessionsToUnenrolledDevices: false, blockChat: false },
      },
    ],
  },
  remoteAssistancePartners: {
    actions: {
      beginOnboarding: ({ values }, { now }) => {
        if (values.onboardingStatus === 'onboarded') {
          throw new DomainError('conflict', 'The partner is connected already.', { target: 'onboardingStatus' });
        }
        return {
          onboardingStatus: 'onboarding',
          onboardingRequestExpiryDateTime: toIsoText(now + ONBOARDING_MS),
        };
      },
      disconnect: ({ values }) =>
        values.onboardingStatus === 'notOnboarded'
          ? {}
          : { onboardingStatus: 'notOnboarded', onboardingRequestExpiryDateTime: NO_DATE },
    },
  },
};
