from tests.people import Person, pointers
URL = "/api/v1/indicators"
async def test_smoke(public, secretariat, coordinator, data_provider, platform):
    told = (await public.get(f"{URL}/catalogue")).json()
    print(told["total"], told["items"][0])
    told = (await public.get(f"{URL}/reference-series")).json()
    print(told)
    told = (await public.get(f"{URL}/reference-series/cppi-2025-lac?limit=2")).json()
    print(told["items"], told["total"])
    r = await data_provider.post(f"{URL}/observations", json=[{"indicator":"VPA-01","community":"mx-manzanillo","period":"2025-01","value":12.5,"n":3},{"indicator":"CUS-02","community":"mx-manzanillo","period":"2025-01","value":33.3,"numerator":1,"denominator":3}])
    print(r.status_code, r.text)
    r = await data_provider.get(f"{URL}/observations")
    print(r.text)
    print((await data_provider.get(f"{URL}/observations?format=csv")).text)
    for who, what in ((data_provider,"submit"),(coordinator,"approve")):
        r = await who.post(f"{URL}/submissions/mx-manzanillo/2025-01/{what}")
        print(r.status_code, r.text)
    r = await data_provider.get(f"{URL}/observations/CUS-02/mx-manzanillo/2025-01/revisions")
    print(r.text)
    r = await coordinator.put(f"{URL}/visibility/mx-manzanillo", json={"default":"public","indicators":{"CUS-02":"network"}})
    print(r.text)
    print((await public.get(f"{URL}/observations")).text)
    assert 0
