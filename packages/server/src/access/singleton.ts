/** The id of a set's only entity: that of the documented example of the settings. */
export const SINGLETON_ID = 'cfef360e-360e-cfef-0e36-efcf0e36efcf';
