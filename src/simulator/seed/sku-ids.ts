/** SKU ids of Microsoft's table "Product names and service plan identifiers for licensing", by part number. */
export const SKU = {
  /** Office 365 E1; its subscription in the seed ends soon. */
  STANDARDPACK: '18181a46-0d4e-45cd-891e-60aabd171b4e',
  /** Office 365 E3 */
  ENTERPRISEPACK: '6fd2c87f-b296-42f0-b197-1e91e994b900',
  /** Office 365 E5 */
  ENTERPRISEPREMIUM: 'c7df2760-2c81-4ef7-b578-5b5392b571df',
  /** Microsoft 365 E3 */
  SPE_E3: '05e9a617-0261-4cee-bb44-138d3ef5d965',
  /** Microsoft 365 E5 */
  SPE_E5: '06ebc4ee-1bb5-47dd-8120-11324bc54e06',
  /** Microsoft 365 F3 */
  SPE_F1: '66b55226-6b4f-492c-910c-a3b7a3c9d993',
  /** Microsoft 365 Business Premium */
  SPB: 'cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46',
  /** Enterprise Mobility + Security E3 */
  EMS: 'efccb6f7-5641-4e0e-bd10-b4976e1bf68e',
  /** Microsoft Entra ID P2; the first SKU of the examples on Microsoft's page on user: assignLicense. */
  AAD_PREMIUM_P2: '84a661c4-e949-4bd2-a560-ed7766fcaf2b',
  /** Power Automate Free; the second SKU of those examples. */
  FLOW_FREE: 'f30db892-07e9-47e9-837c-80727f46fd3d',
  POWER_BI_PRO: 'f8a1db68-be16-40ed-86d5-cb42ce701560',
  /** Project Plan 3 */
  PROJECTPROFESSIONAL: '53818b1b-4a27-454b-8896-0dba576410e6',
  /** Visio Plan 2; no free seat in the seed. */
  VISIOCLIENT: 'c5928f49-12ba-48f7-ada3-0d743a3601d5',
  /** Teams Phone Standard; its one plan needs another one. */
  MCOEV: 'e43b5b99-8dfb-405f-9987-dc307f34bcbd',
  /** Extra file storage, for the company as a whole. */
  SHAREPOINTSTORAGE: '99049c9c-6011-4908-bf17-15f496e6519d',
} as const;

export type SkuPartNumber = keyof typeof SKU;

/** Service plan ids of the same table, as far as the seed and its rules name them. */
export const PLAN = {
  EXCHANGE_S_DESKLESS: '4a82b400-a79f-41a4-b4e2-e94f5787b113',
  EXCHANGE_S_STANDARD: '9aaf7827-d63c-4b61-89c3-182f06f82e5c',
  EXCHANGE_S_ENTERPRISE: 'efb87545-963c-4e0d-99df-69c6916d9eb0',
  EXCHANGE_S_FOUNDATION: '113feb6c-3fe4-4440-bddc-54d774bf0318',
  EXCHANGE_S_ARCHIVE_ADDON: '176a09a6-7ec5-4039-ac02-b2791c6ba793',
  SHAREPOINTDESKLESS: '902b47e5-dcb2-4fdc-858b-c63a90a2bdb9',
  SHAREPOINTSTANDARD: 'c7699d2e-19aa-44de-8edf-1736da088ca1',
  SHAREPOINTENTERPRISE: '5dbe027f-2339-4123-9542-606e4d348a72',
  SHAREPOINT_PROJECT: 'fe71d6c3-a2ea-4499-9778-da042bf08063',
  TEAMS1: '57ff2da0-773e-42df-b2af-ffb7a2317929',
  TEAMS_FREE: '4fa4026d-ce74-4962-a151-8e96d57ea8e4',
  MCOIMP: 'afc06cb0-b4f4-4473-8286-d644f70d8faf',
  MCOSTANDARD: '0feaeb32-d00e-4d66-bd5a-43b5b83db82c',
  MCOEV: '4828c8ec-dc2e-4779-b502-87ac9ce28ab7',
  MCOMEETADV: '3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40',
  MFA_PREMIUM: '8a256a2b-b617-496d-b51b-e76466e88db0',
  AAD_PREMIUM: '41781fb2-bc02-4b7c-bd55-b576c07bb09d',
  AAD_PREMIUM_P2: 'eec0eb4f-6444-4f95-aba0-50c24d67f998',
  YAMMER_ENTERPRISE: '7547a3fe-08ee-4ccb-b430-5077c5041653',
  SWAY: 'a23b959c-7ce8-4e57-9140-b90eb88a9e97',
  FORMS_PLAN_E3: '2789c901-c14e-48ab-a76a-be334d9d793a',
  FLOW_O365_P2: '76846ad7-7776-4c40-a281-a386362dd1b9',
  POWERAPPS_O365_P2: 'c68f8d98-5534-41c8-bf36-22fa496fa792',
  STREAM_O365_E3: '9e700747-8b1d-45e5-ab8d-ef187ceec156',
  INTUNE_A: 'c1ec4a95-1f05-45b3-a911-aa3fa01094f5',
  INTUNE_O365: '882e1d05-acd1-4ccb-8708-6ee03664b117',
  ADALLOM_S_O365: '8c098270-9dd4-4350-9b30-ba4703f3b36b',
  ATP_ENTERPRISE: 'f20fedf3-f3c3-43c3-8267-2bfdd51c0939',
  THREAT_INTELLIGENCE: '8e0c0a52-6a6c-4d40-8370-dd62790dcd70',
  FORMS_PLAN_E1: '159f4cd6-e380-449f-a816-af1a9ef76344',
  FORMS_PLAN_E5: 'e212cbc7-0961-4c40-9825-01117710dcb1',
  BI_AZURE_P2: '70d33638-9c74-4d01-bfd3-562de28bd4ba',
} as const;
