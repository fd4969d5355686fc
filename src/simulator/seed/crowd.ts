import { guidFrom, pick, seededRandom } from '../random.js';
import type { UserRecord } from '../user-record.js';
import { DOMAIN, type DirectLicense } from './people.js';
import { PLAN } from './sku-ids.js';
import { buildUser, seededPath } from './user-builder.js';

const GIVEN_NAMES = [
  'Aisha', 'Anders', 'Beatriz', 'Carlos', 'Chloe', 'Daniel', 'Elena', 'Erik', 'Fatima', 'Felix', 'Gabriela', 'Hana',
  'Hugo', 'Ingrid', 'Ivo', 'Jamal', 'Julia', 'Karim', 'Katya', 'Lars', 'Leila', 'Lucas', 'Maja', 'Mateo', 'Mei', 'Nina',
  'Noah', 'Olga', 'Oscar', 'Paula', 'Petra', 'Rafael', 'Ravi', 'Rosa', 'Samir', 'Sara', 'Stefan', 'Tara', 'Viktor', 'Zoe',
]; // prettier-ignore
const SURNAMES = [
  'Almeida', 'Andersen', 'Bakker', 'Berg', 'Castro', 'Chen', 'Costa', 'Diaz', 'Dubois', 'Eriksen', 'Farah', 'Fischer',
  'Garcia', 'Hansen', 'Haas', 'Ito', 'Jansen', 'Kaya', 'Keller', 'Kim', 'Kovac', 'Kumar', 'Larsen', 'Lopez', 'Maier',
  'Mendes', 'Moreau', 'Novak', 'Okafor', 'Olsen', 'Peters', 'Popescu', 'Rahman', 'Ricci', 'Romero', 'Sato', 'Schulz',
  'Silva', 'Singh', 'Smith', 'Svensson', 'Torres', 'Vogel', 'Wagner', 'Weber', 'Wolf', 'Wong', 'Yilmaz', 'Young', 'Zeman',
]; // prettier-ignore
const PLACES = [
  ['Seattle', 'US'],
  ['Berlin', 'DE'],
  ['Paris', 'FR'],
  ['Milan', 'IT'],
  ['Madrid', 'ES'],
  ['London', 'GB'],
  ['Warsaw', 'PL'],
  ['Toronto', 'CA'],
] as const;
const JOBS = ['Analyst', 'Engineer', 'Consultant', 'Assistant', 'Specialist', 'Coordinator'];
const DEPARTMENTS = ['Sales', 'Engineering', 'Finance', 'Operations', 'Human Resources', 'Support'];

/** What people hold, and how many in a hundred of them: enough variety for a migration to meet, few enough to review. */
const HOLDINGS: readonly (readonly [percent: number, licenses: readonly DirectLicense[]])[] = [
  [45, [['ENTERPRISEPACK']]],
  [12, [['ENTERPRISEPACK', [PLAN.YAMMER_ENTERPRISE, PLAN.SWAY]]]],
  [6, [['ENTERPRISEPACK', [PLAN.FORMS_PLAN_E3, PLAN.FLOW_O365_P2, PLAN.POWERAPPS_O365_P2]]]],
  [14, [['ENTERPRISEPACK'], ['EMS']]],
  [3, [['ENTERPRISEPACK'], ['EMS', [PLAN.INTUNE_A]]]],
  [8, [['STANDARDPACK']]],
  [10, [['SPE_F1']]],
  [2, []],
];

const PEOPLE_PER_MANAGER = 12;

/**
 * `count` more users, the same ones for the same seed. Every twelfth is the manager of those that follow.
 *
 * @param since when they were created and licensed, as an ISO date
 */
export function crowd(count: number, seed: string, since: string): UserRecord[] {
  const random = seededRandom(seed);
  const users: UserRecord[] = [];
  let managerId: string | null = null;
  for (let n = 1; n <= count; n++) {
    const id = guidFrom(random);
    const [given, surname] = [pick(GIVEN_NAMES, random), pick(SURNAMES, random)];
    const [city, country] = pick(PLACES, random);
    const isManager = n % PEOPLE_PER_MANAGER === 1;
    const userPrincipalName = `${given}.${surname}${n}@${DOMAIN}`.toLowerCase();
    users.push(
      buildUser({
        id,
        displayName: `${given} ${surname}`,
        userPrincipalName,
        mail: userPrincipalName,
        jobTitle: isManager ? 'Team Lead' : pick(JOBS, random),
        department: pick(DEPARTMENTS, random),
        city,
        country,
        usageLocation: country,
        accountEnabled: random() >= 0.01,
        userType: 'Member',
        managerId: isManager ? null : managerId,
        licensePaths: holding(random() * 100).map((license) => seededPath(license, null, since)),
        createdDateTime: since,
      }),
    );
    if (isManager) managerId = id;
  }
  return users;
}

function holding(percentile: number): readonly DirectLicense[] {
  let upTo = 0;
  for (const [percent, licenses] of HOLDINGS) {
    upTo += percent;
    if (percentile < upTo) return licenses;
  }
  return [];
}
