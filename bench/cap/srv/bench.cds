namespace bench;

@assert.unique: { sessionKey: [ sessionKey ] }
entity ExtendRemoteHelpSessionResponses {
  key id: UUID;
  sessionKey: String(512);
  acsHelperUserToken: String(5000);
  pubSubHelperAccessUri: String(5000);
  sessionExpirationDateTime: Timestamp;
}

@path: '/odata'
service Bench {
  entity ExtendRemoteHelpSessionResponse as projection on ExtendRemoteHelpSessionResponses;
}
