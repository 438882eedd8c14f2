using System;
using System.Collections.Generic;
using static Snow.Library;

namespace Snow
{
    /// <summary>Which rows, in what order and form. Each method returns the query. It is a description, which any
    /// number of calls may use at once; a call says what is wrong with it.</summary>
    public sealed class Query
    {
        private static readonly Dictionary<string, int> Operators = new Dictionary<string, int>
        {
            { "=", SNOW_EQ }, { "!=", SNOW_NE }, { "<", SNOW_LT }, { "<=", SNOW_LE }, { ">", SNOW_GT },
            { ">=", SNOW_GE }, { "STARTSWITH", SNOW_STARTS_WITH }, { "ENDSWITH", SNOW_ENDS_WITH },
            { "LIKE", SNOW_CONTAINS }, { "NOT LIKE", SNOW_NOT_CONTAINS }, { "ISEMPTY", SNOW_IS_EMPTY },
            { "ISNOTEMPTY", SNOW_IS_NOT_EMPTY },
        };

        private delegate int Step(QueryHandle query, out IntPtr error);

        private readonly string encoded;
        private readonly List<Step> steps = new List<Step>();

        /// <param name="encoded">Conditions as ServiceNow encodes them; see also Where.</param>
        public Query(string encoded = "")
        {
            this.encoded = encoded;
        }

        /// <param name="operation">As ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...</param>
        public Query Where(string field, string operation, string value = null)
        {
            if (!Operators.TryGetValue(operation, out int op))
                throw new ArgumentException("operator " + operation + ": accepted are "
                    + string.Join(", ", Operators.Keys));
            return With((QueryHandle query, out IntPtr error) => snow_query_where(query, field, op, value, out error));
        }

        public Query OrderBy(string field)
        {
            return With((QueryHandle query, out IntPtr error) => snow_query_order_by(query, field, out error));
        }

        public Query Fields(params string[] names)
        {
            string fields = string.Join(",", names);
            return With((QueryHandle query, out IntPtr error) => snow_query_fields(query, fields, out error));
        }

        public Query Limit(ulong rows)
        {
            return With((QueryHandle query, out IntPtr error) => snow_query_limit(query, rows, out error));
        }

        /// <summary>Display values in place of the stored ones.</summary>
        public Query DisplayValue()
        {
            return With((QueryHandle query, out IntPtr error) =>
                snow_query_display_value(query, SNOW_DISPLAY_TRUE, out error));
        }

        private Query With(Step step)
        {
            steps.Add(step);
            return this;
        }

        /// <summary>The query as libsnow has it, to be disposed of; null is none.</summary>
        internal static QueryHandle Made(Query query)
        {
            if (query == null) return new QueryHandle();
            QueryHandle made = Call((out IntPtr error) => snow_query_parse(query.encoded, out error));
            try
            {
                foreach (Step step in query.steps)
                    Call((out IntPtr error) => step(made, out error));
                return made;
            }
            catch
            {
                made.Dispose();
                throw;
            }
        }
    }
}
