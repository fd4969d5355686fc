/**
 * The people of the Contoso tenant, each with a part to play. Ids never change, so tests and examples can name them.
 */
import { PLAN, type SkuPartNumber } from './sku-ids.js';

/** A direct licence: part number and the plans that are off. */
export type DirectLicense = readonly [partNumber: SkuPartNumber, disabledPlans?: readonly string[]];

interface PersonDetails {
  readonly job: string;
  readonly department: string;
  readonly city: string;
  /** Country of residence and usage location, unless `usageLocation` says otherwise. */
  readonly country: string;
  /** Key of the manager in {@link PEOPLE}. */
  readonly manager?: string;
  readonly licenses?: readonly DirectLicense[];
  readonly usageLocation?: null;
  readonly disabled?: true;
  readonly guest?: true;
  readonly roles?: readonly string[];
  readonly restrictedManagement?: true;
  readonly synced?: true;
  readonly mail?: string;
  readonly proxyAddresses?: readonly string[];
}

export interface Person extends PersonDetails {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
}

export const DOMAIN = 'contoso.com';

function person(id: string, displayName: string, details: PersonDetails): Person {
  const [given = '', surname = ''] = displayName.split(' ');
  return { id, displayName, userPrincipalName: `${given}${surname.slice(0, 1)}@${DOMAIN}`, ...details };
}

function mailbox(id: string, displayName: string, name: string, proxyAddresses: readonly string[]): Person {
  const details = {
    job: 'Shared mailbox',
    department: 'Shared',
    city: 'Seattle',
    country: 'US',
    disabled: true,
  } as const;
  return { id, displayName, userPrincipalName: `${name}@${DOMAIN}`, ...details, proxyAddresses };
}

function guest(id: string, displayName: string, address: string): Person {
  const userPrincipalName = `${address.replace('@', '_')}#EXT#@contoso.onmicrosoft.com`;
  const details = { job: 'Consultant', department: 'External', city: 'London', country: 'GB', guest: true } as const;
  return { id, displayName, userPrincipalName, ...details, mail: address };
}

const QUIET = [PLAN.YAMMER_ENTERPRISE, PLAN.SWAY];

export const PEOPLE = {
  // --- direction and IT
  /** At the top: nobody is her manager. Global Administrator and licence approver. */
  patti: person('ff82fada-6ea0-4bce-a16e-3c4ebf138673', 'Patti Fernandez', {
    job: 'President',
    department: 'Executive Management',
    city: 'Seattle',
    country: 'US',
    licenses: [['SPE_E5']],
    roles: ['Global Administrator'],
  }),
  /** CFO in a restricted management unit: an application may not write her. */
  christie: person('c6e3c75c-607a-49c4-a01c-e8a2187200ba', 'Christie Cline', {
    job: 'Chief Financial Officer',
    department: 'Finance',
    city: 'Seattle',
    country: 'US',
    manager: 'patti',
    licenses: [['ENTERPRISEPACK']],
    restrictedManagement: true,
  }),
  /** Head of IT, License Administrator and licence approver. */
  johanna: person('dbadb7da-358f-40af-a853-ec12249db182', 'Johanna Lorenz', {
    job: 'Head of IT',
    department: 'IT',
    city: 'Munich',
    country: 'DE',
    manager: 'patti',
    licenses: [['SPE_E5']],
    roles: ['License Administrator'],
  }),
  /** License Administrator in Nairobi without any licence: the signed-in user of the examples on Microsoft's page. */
  amani: person('ee31f0b4-630d-4d69-a6d3-a157111e4ac9', 'Amani Otieno', {
    job: 'IT Administrator',
    department: 'IT',
    city: 'Nairobi',
    country: 'KE',
    manager: 'johanna',
    roles: ['License Administrator'],
  }),
  /** Service desk. */
  freya: person('6d96225d-d447-4764-ac65-007d9cdac723', 'Freya Lindgren', {
    job: 'Service Desk Analyst',
    department: 'IT',
    city: 'Stockholm',
    country: 'SE',
    manager: 'johanna',
    licenses: [['ENTERPRISEPACK'], ['EMS']],
  }),
  // --- marketing: a plain chain of managers
  /** Marketing manager and licence approver; manager of Adele and Alex. */
  megan: person('0e9c89c3-6481-4ad4-aa96-600d6d395947', 'Megan Bowen', {
    job: 'Marketing Manager',
    department: 'Marketing',
    city: 'Pittsburgh',
    country: 'US',
    manager: 'miriam',
    licenses: [['ENTERPRISEPREMIUM']],
  }),
  miriam: person('2d00bc54-fe52-4f26-a45c-746049fc4429', 'Miriam Graham', {
    job: 'VP Marketing',
    department: 'Marketing',
    city: 'San Diego',
    country: 'US',
    manager: 'patti',
    licenses: [['SPE_E3']],
  }),
  /** The usual case: Office 365 E3 with everything on. */
  adele: person('709ea8e3-24e3-4c5a-a9f6-56f4f1085557', 'Adele Vance', {
    job: 'Retail Manager',
    department: 'Marketing',
    city: 'Bellevue',
    country: 'US',
    manager: 'megan',
    licenses: [['ENTERPRISEPACK']],
  }),
  /** Office 365 E3 with two plans off. */
  alex: person('7c7906fa-eb9d-4d8f-a23d-d5a0a56ae55f', 'Alex Wilber', {
    job: 'Marketing Assistant',
    department: 'Marketing',
    city: 'San Diego',
    country: 'US',
    manager: 'megan',
    licenses: [['ENTERPRISEPACK', QUIET]],
  }),
  emily: person('3a2ece94-d423-402f-aa4d-067b776d6ae2', 'Emily Braun', {
    job: 'Budget Analyst',
    department: 'Marketing',
    city: 'Berlin',
    country: 'DE',
    manager: 'megan',
    licenses: [['STANDARDPACK']],
  }),
  sofia: person('ece63ed0-e9fb-48b2-a890-6c2a3f91f50b', 'Sofia Rossi', {
    job: 'Brand Designer',
    department: 'Marketing',
    city: 'Milan',
    country: 'IT',
    manager: 'megan',
    licenses: [['ENTERPRISEPACK', [PLAN.FORMS_PLAN_E3, PLAN.FLOW_O365_P2, PLAN.POWERAPPS_O365_P2]]],
  }),
  // --- engineering
  nestor: person('17a171d9-e7d7-447e-a4e6-1a6be8e84f86', 'Nestor Wilke', {
    job: 'Director of Operations',
    department: 'Operations',
    city: 'Seattle',
    country: 'US',
    manager: 'patti',
    licenses: [['ENTERPRISEPACK']],
    disabled: true,
  }),
  /** Her manager's account is disabled. */
  pradeep: person('9087c27d-2904-440b-a0b9-f7566e150afb', 'Pradeep Gupta', {
    job: 'Accountant',
    department: 'Operations',
    city: 'Cairo',
    country: 'EG',
    manager: 'nestor',
    licenses: [['ENTERPRISEPACK']],
  }),
  lee: person('0ff1a8df-ec44-4eec-a4a6-89609318e898', 'Lee Gu', {
    job: 'Director of Engineering',
    department: 'Engineering',
    city: 'Overland Park',
    country: 'US',
    manager: 'patti',
    licenses: [['SPE_E3']],
  }),
  joni: person('6e94bbcc-1cce-4c21-add6-8c925b468cd3', 'Joni Sherman', {
    job: 'Paralegal',
    department: 'Legal',
    city: 'Charlotte',
    country: 'US',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK'], ['EMS']],
  }),
  /** No manager is recorded. */
  grady: person('108c4453-10a4-4d7f-a5d6-890b3dfcaa7b', 'Grady Archie', {
    job: 'Designer',
    department: 'Engineering',
    city: 'Bloomington',
    country: 'US',
    licenses: [['ENTERPRISEPACK']],
  }),
  henrietta: person('601a503e-99e1-4a74-a5f5-c4c2066be7c8', 'Henrietta Mueller', {
    job: 'Developer',
    department: 'Engineering',
    city: 'Fort Lauderdale',
    country: 'US',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK'], ['EMS']],
    synced: true,
  }),
  /** Project Plan 3 with its own SharePoint off, so that it needs the one of her Office 365 E3. */
  debra: person('57e6b2b2-a89a-4347-aba9-bfca89e7e36a', 'Debra Berger', {
    job: 'Project Manager',
    department: 'Engineering',
    city: 'Bellevue',
    country: 'US',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK'], ['PROJECTPROFESSIONAL', [PLAN.SHAREPOINTENTERPRISE]]],
  }),
  /** Teams Phone needs the Teams of his Office 365 E3. */
  allan: person('a1a0131a-6351-4447-a4db-f60681755ba3', 'Allan Deyoung', {
    job: 'Field Engineer',
    department: 'Engineering',
    city: 'Waukee',
    country: 'US',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK'], ['MCOEV']],
  }),
  enrico: person('b7e5a12e-a9ab-4018-a1c2-184b5af6eecf', 'Enrico Cattaneo', {
    job: 'Architect',
    department: 'Engineering',
    city: 'Turin',
    country: 'IT',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK'], ['VISIOCLIENT']],
  }),
  raul: person('442109ed-06d9-4478-ab3e-4f1b0c6acfbb', 'Raul Razo', {
    job: 'Systems Engineer',
    department: 'Engineering',
    city: 'Madrid',
    country: 'ES',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK'], ['VISIOCLIENT']],
  }),
  pia: person('8b324414-c8c1-47b6-a8c7-b473f8e5fe43', 'Pia Holm', {
    job: 'Network Engineer',
    department: 'Engineering',
    city: 'Oslo',
    country: 'NO',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK'], ['VISIOCLIENT']],
  }),
  tomasz: person('50ea83c1-30d3-417a-a9fc-f8af94dbc0ac', 'Tomasz Nowak', {
    job: 'Developer',
    department: 'Engineering',
    city: 'Krakow',
    country: 'PL',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK', QUIET], ['POWER_BI_PRO']],
  }),
  yuki: person('801a1be3-96e5-4fc0-aa39-7817113523e4', 'Yuki Tanaka', {
    job: 'Developer',
    department: 'Engineering',
    city: 'Osaka',
    country: 'JP',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK']],
  }),
  /** In China, where not everything is offered. */
  wei: person('a78adf69-a8d5-4414-abb3-aec7bb1d815b', 'Wei Zhang', {
    job: 'Plant Manager',
    department: 'Operations',
    city: 'Shanghai',
    country: 'CN',
    manager: 'lee',
    licenses: [['ENTERPRISEPACK']],
  }),
  // --- sales: Office 365 E3 through a static group
  lidia: person('d04a7e56-9bda-4655-a025-e3dde90f1a9b', 'Lidia Holloway', {
    job: 'Sales Director',
    department: 'Sales',
    city: 'Tulsa',
    country: 'US',
    manager: 'patti',
    // directly and through the sales group
    licenses: [['ENTERPRISEPACK', QUIET]],
  }),
  /** Office 365 E3 through the sales group only. */
  isaiah: person('1239dc33-f208-4b36-ac98-c4a427e2d45d', 'Isaiah Langer', {
    job: 'Sales Representative',
    department: 'Sales',
    city: 'Tulsa',
    country: 'US',
    manager: 'lidia',
  }),
  /** Through the sales group, and without a usage location, which a group does not need. */
  diego: person('f393b419-6ace-4900-a8fa-51bf89076d5b', 'Diego Siciliani', {
    job: 'Sales Representative',
    department: 'Sales',
    city: 'Birmingham',
    country: 'US',
    manager: 'lidia',
    usageLocation: null,
  }),
  lynne: person('4fa15467-7e73-4eb7-a83f-b24b5d75b135', 'Lynne Robbins', {
    job: 'Planner',
    department: 'Sales',
    city: 'Tulsa',
    country: 'US',
    manager: 'lidia',
    licenses: [['EMS']],
  }),
  /** Power BI through a group that is mastered on premises. */
  bianca: person('dd8e767e-0258-4010-a9be-f6b137941688', 'Bianca Pisani', {
    job: 'Sales Analyst',
    department: 'Sales',
    city: 'Rome',
    country: 'IT',
    manager: 'lidia',
    licenses: [['ENTERPRISEPACK']],
    synced: true,
  }),
  // --- frontline: Microsoft 365 F3 through a dynamic group
  irvin: person('44ee60c7-478a-48b4-a336-24be622c20e2', 'Irvin Sayers', {
    job: 'Shift Lead',
    department: 'Frontline',
    city: 'Bloomington',
    country: 'US',
    manager: 'lidia',
  }),
  omar: person('f6a12023-d8e1-4d4b-af3e-ce1746ca038a', 'Omar Haddad', {
    job: 'Warehouse Worker',
    department: 'Frontline',
    city: 'Marseille',
    country: 'FR',
    manager: 'irvin',
  }),
  ines: person('b679708c-7fa2-47c7-a45d-c1c543e720b7', 'Ines Carvalho', {
    job: 'Store Assistant',
    department: 'Frontline',
    city: 'Porto',
    country: 'PT',
    manager: 'irvin',
  }),
  hassan: person('dc06878d-3ba6-433d-aa6b-fcc5ab443679', 'Hassan Karimi', {
    job: 'Driver',
    department: 'Logistics',
    city: 'Rotterdam',
    country: 'NL',
    manager: 'irvin',
    licenses: [['SPE_F1']],
  }),
  /** Microsoft 365 Business Premium, whose plans exclude those of the E products. */
  noor: person('1c65cf41-2199-4424-a61c-95c91b20f877', 'Noor Aziz', {
    job: 'Branch Owner',
    department: 'Franchise',
    city: 'Antwerp',
    country: 'BE',
    manager: 'lidia',
    licenses: [['SPB']],
  }),
  // --- people in a special state
  /** Hired yesterday: no licence, and no usage location yet. */
  nadia: person('c6af7de6-6c56-460c-ae09-1258a78bd33a', 'Nadia Petrova', {
    job: 'Trainee',
    department: 'Marketing',
    city: 'Sofia',
    country: 'BG',
    manager: 'megan',
    usageLocation: null,
  }),
  /** Has left: the account is disabled, the licence is still there. */
  leo: person('f6f218ce-7c9d-41b6-a51b-c26bae88acb7', 'Leo Martin', {
    job: 'Former Copywriter',
    department: 'Marketing',
    city: 'Lyon',
    country: 'FR',
    manager: 'megan',
    licenses: [['ENTERPRISEPACK'], ['EMS']],
    disabled: true,
  }),
  /** His mail address is also an address of the information mailbox, so any licence change fails. */
  ivan: person('953a8e20-d046-438d-a99e-eff3a67062f6', 'Ivan Marin', {
    job: 'Receptionist',
    department: 'Facilities',
    city: 'Zagreb',
    country: 'HR',
    manager: 'lidia',
    mail: 'reception@contoso.com',
    licenses: [['STANDARDPACK']],
  }),
  // --- guests and shared mailboxes
  priya: guest('2aa028cc-e7bd-46fa-aa29-63b0c33a131b', 'Priya Nair', 'priya@fabrikam.com'),
  marco: guest('25137335-6b2e-47f9-a91b-1a0d9e3c8958', 'Marco Bianchi', 'marco@northwindtraders.com'),
  information: mailbox('6d7e3a2c-0659-4ef8-a887-4670c8a1c05e', 'Contoso Information', 'info', [
    'smtp:reception@contoso.com',
  ]),
  invoices: mailbox('7e430ba6-fe7b-41da-a753-391f1f6f261a', 'Contoso Invoices', 'invoices', []),
} satisfies Record<string, Person>;

export type PersonKey = keyof typeof PEOPLE;

export interface SeedGroup {
  readonly id: string;
  readonly displayName: string;
  readonly members: readonly PersonKey[];
  readonly licenses: readonly DirectLicense[];
  readonly membershipRule?: string;
  readonly synced?: true;
}

export const GROUPS = {
  /** A static group that gives Office 365 E3. */
  sales: {
    id: 'd2b9871e-f275-4e0e-a2b0-3852f626076c',
    displayName: 'Sales',
    members: ['lidia', 'isaiah', 'diego', 'lynne'],
    licenses: [['ENTERPRISEPACK']],
  },
  /** A dynamic group that gives Microsoft 365 F3: nobody can be taken out by hand. */
  frontline: {
    id: 'ce233db8-413c-4ad1-ac5f-143eb28fca68',
    displayName: 'Frontline workers',
    members: ['irvin', 'omar', 'ines'],
    licenses: [['SPE_F1']],
    membershipRule: '(user.department -eq "Frontline")',
  },
  /** A group that is mastered on premises and gives Power BI Pro. */
  analysts: {
    id: '0c6dad56-595d-4b73-a589-9ed589cf212a',
    displayName: 'Sales analysts',
    members: ['bianca'],
    licenses: [['POWER_BI_PRO']],
    synced: true,
  },
  /** People who decide on licence requests; gives no licence. */
  approvers: {
    id: '68c0b4b6-a6e4-4896-afb0-8aa9e49449d9',
    displayName: 'Licence approvers',
    members: ['patti', 'johanna', 'megan'],
    licenses: [],
  },
  engineering: {
    id: 'd06956f0-7794-48e2-a1fe-0d35b52bc27f',
    displayName: 'Engineering',
    members: ['lee', 'henrietta', 'debra', 'allan', 'enrico', 'raul', 'pia', 'tomasz', 'yuki'],
    licenses: [],
  },
} satisfies Record<string, SeedGroup>;
