"""SciPy's exact Kolmogorov-Smirnov distributions: python3 scripts/oracle/smirnov.py > test/oracle/distributions/smirnov.json"""
import json
import sys

import numpy as np
from scipy import stats, special
out={}
out['smirnovSf']=[[n,d,float(special.smirnov(n,d))] for n in (1,2,5,50,141,1000,20000,2000000) for d in (0.001,0.01,0.05,0.2,0.5,0.9) if special.smirnov(n,d)>1e-300]
out['kolmogorovSmirnovSf']=[[n,d,float(stats.kstwo.sf(d,n))] for n in (2,5,50,120,141,1000,20000,500000,2000000) for z in (0.3,0.5,0.7,0.9,1.2,1.45,1.6,2.1,4,9) for d in [z/n**.5] if d<1]
def two(n1,n2,D):
    from scipy.stats._stats_py import _attempt_exact_2kssamp
    from math import gcd
    return _attempt_exact_2kssamp(n1,n2,gcd(n1,n2),D,'two-sided')[2]
rows=[]
for n1,n2 in ((1,1),(1,2),(3,5),(10,10),(7,20),(100,150),(999,1000),(500,500),(1599,4898),(3000,3000)):
    g=np.gcd(n1,n2); l=n1*n2//g
    for z in (0.4,0.8,1.36,2.5,6):
        D=z*np.sqrt((n1+n2)/(n1*n2)); h=round(D*l)
        if 0<h<=l and n1*n2//g*1.0: 
            # attainable h
            p=two(n1,n2,h/l)
            if p>1e-300: rows.append([n1,n2,int(h*g),float(p)])
out['twoSampleSf']=rows
from scipy.stats._hypotests import _cdf_cvm_inf
out['cramerVonMisesSf']=[[x,float(1-_cdf_cvm_inf(x))] for x in (.03,.05,.1,1/6,.3,.46136,.74346,1.2)]
json.dump(out, sys.stdout)
