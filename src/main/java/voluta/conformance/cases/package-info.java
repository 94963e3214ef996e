/** One class of cases per op, registered in {@link voluta.conformance.CaseTable}. A bug found becomes one more case with a word on why that shape. */
package voluta.conformance.cases;
