import { STORE_KINDS } from '../../../src/contract/payloadStores';
import { claimId, claimsIn, looksLikeClaim, newClaim, readClaim } from '../../../src/payload/claim';

const ID = '0f8a4b9e-3b1c-4c1e-9a66-2f6d3f1f7a10';

describe('the name of a claim', () => {
  it('says in which store it is', () => {
    expect(readClaim(`claim:${ID}`)).toEqual({ kind: 'redis', id: ID });
    expect(readClaim(`claim:pg:${ID}`)).toEqual({ kind: 'postgres', id: ID });
    expect(readClaim(`claim:s3:${ID}`)).toEqual({ kind: 's3', id: ID });
    for (const kind of STORE_KINDS) {
      const claim = newClaim(kind);
      expect(readClaim(claim).kind).toBe(kind);
      expect(looksLikeClaim(claim)).toBe(true);
      expect(newClaim(kind)).not.toBe(claim);
    }
  });

  it.each([
    'claim:',
    'claim:pg:',
    'claim:s3:',
    `claim:pg:s3:${ID}`,
    `claim:constructor:${ID}`,
    `claim:__proto__:${ID}`,
    `x${ID}`,
  ])('refuses %j', (claim) => {
    expect(() => readClaim(claim)).toThrow(/is not the name of a stored payload/);
  });

  it('is not cut short to another one', () => {
    expect(() => claimId(`claim:pg:${ID}`, 'redis')).toThrow(/not kept in this store/);
    expect(claimId(`claim:pg:${ID}`, 'postgres')).toBe(ID);
  });

  it('is found in the ref of a task and in its header', () => {
    const headers = { 'x-swarm-data-claim': `claim:${ID}`, other: `claim:pg:${ID}` };
    expect(claimsIn(`claim:pg:${ID}`, headers)).toEqual([`claim:pg:${ID}`, `claim:${ID}`]);
    expect(claimsIn('pg:documents/42', { 'x-swarm-data-claim': 7 })).toEqual([]);
    expect(claimsIn(null, {})).toEqual([]);
  });
});
